# SPDX-License-Identifier: Apache-2.0
"""Foreign counterparts of the wallet, written from the standards alone: an issuer and a verifier."""
