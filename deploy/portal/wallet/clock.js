// SPDX-License-Identifier: Apache-2.0
export const SKEW_S = 60;
export const now = () => Math.floor(Date.now() / 1000);
