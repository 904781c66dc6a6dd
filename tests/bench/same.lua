-- SPDX-License-Identifier: Apache-2.0
-- The same request each time, for wrk: PATH_ASKED with FORM (a POST) or AUTHORIZATION (a GET) of the environment.  What
-- is right has EXPECTED in it.
dofile(os.getenv("TURN"))

local form, authorization, expected = os.getenv("FORM"), os.getenv("AUTHORIZATION"), os.getenv("EXPECTED")

if form ~= "" then
   wrk.method, wrk.body = "POST", form
   wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
else
   wrk.headers["Authorization"] = authorization
end
wrk.path = os.getenv("PATH_ASKED")

function response(status, _, body)
   if status == 200 and body:find(expected, 1, true) then
      finished = finished + 1
   else
      is_wrong(status, body)
   end
end
