-- SPDX-License-Identifier: Apache-2.0
-- Whole logins for wrk: /authorize with a session, /token, /userinfo, each connection taking whatever step waits.
-- What to send stands in the environment (see work.py): AUTHORIZE, TOKEN, USERINFO, COOKIE, FORM.
dofile(os.getenv("TURN"))

local authorize, token, userinfo = os.getenv("AUTHORIZE"), os.getenv("TOKEN"), os.getenv("USERINFO")
local cookie, form = os.getenv("COOKIE"), os.getenv("FORM")
local form_type = { ["Content-Type"] = "application/x-www-form-urlencoded" }
local codes, access_tokens = {}, {}

function request()
   local access_token = table.remove(access_tokens)
   if access_token then
      return wrk.format("GET", userinfo, { Authorization = "Bearer " .. access_token })
   end
   local code = table.remove(codes)
   if code then
      return wrk.format("POST", token, form_type, form .. "&code=" .. code)
   end
   return wrk.format("GET", authorize, { Cookie = cookie })
end

function response(status, headers, body)
   local location = headers["Location"] or headers["location"]
   if location then
      local code = location:match("[?&]code=([^&]+)")
      if code then
         table.insert(codes, code)
      else
         is_wrong(status, body)
      end
      return
   end
   local access_token = status == 200 and body:match('"access_token":"([^"]+)"')
   if access_token then
      table.insert(access_tokens, access_token)
   elseif status == 200 and body:find('"email":', 1, true) then
      finished = finished + 1
   else
      is_wrong(status, body)
   end
end
