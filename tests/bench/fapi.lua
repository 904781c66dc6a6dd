-- SPDX-License-Identifier: Apache-2.0
-- Logins of FAPI 2.0 for wrk: /par, /authorize with a session, /token, each connection taking whatever step waits.
-- What to send stands in the environment (see work.py); what a client signs, two assertions and a DPoP proof for each
-- login, in the lines of SIGNED, of which a thread takes every THREADSth.
dofile(os.getenv("TURN"))

local par, authorize, token = os.getenv("PAR"), os.getenv("AUTHORIZE"), os.getenv("TOKEN")
local cookie, form, request_form = os.getenv("COOKIE"), os.getenv("FORM"), os.getenv("REQUEST")
local assertion_form = "&client_assertion_type=" .. os.getenv("ASSERTION_TYPE") .. "&client_assertion="
local form_type = { ["Content-Type"] = "application/x-www-form-urlencoded" }
local n_threads = tonumber(os.getenv("THREADS"))
local signed, next_signed = {}, 1
local waiting, uris, codes = {}, {}, {}

function init()
   local at = 0
   for line in io.lines(os.getenv("SIGNED")) do
      if at % n_threads == number then
         local first, second, proof = line:match("(%S+) (%S+) (%S+)")
         table.insert(signed, { first = first, second = second, proof = proof })
      end
      at = at + 1
   end
end

function request()
   local code = table.remove(codes)
   if code then
      local one = table.remove(waiting)
      return wrk.format("POST", token, { ["Content-Type"] = form_type["Content-Type"], DPoP = one.proof },
         form .. assertion_form .. one.second .. "&code=" .. code)
   end
   local uri = table.remove(uris)
   if uri then
      return wrk.format("GET", authorize .. "?client_id=fapi&request_uri=" .. uri, { Cookie = cookie })
   end
   local one = signed[next_signed]
   if not one then
      io.stderr:write("fapi.lua: not enough was signed ahead (SIGNED_PER_S in servers.py); wrong answers: ", wrong, " ",
         first_wrong, "\n")
      os.exit(1)
   end
   next_signed = next_signed + 1
   table.insert(waiting, one)
   return wrk.format("POST", par, form_type, request_form .. assertion_form .. one.first)
end

function response(status, headers, body)
   local location = headers["Location"] or headers["location"]
   local code = location and location:match("[?&]code=([^&]+)")
   local uri = status == 201 and body:match('"request_uri":"([^"]+)"')
   if code then
      table.insert(codes, code)
   elseif uri then
      table.insert(uris, (uri:gsub(":", "%%3A")))
   elseif status == 200 and body:find('"token_type":"DPoP"', 1, true) then
      finished = finished + 1
   else
      is_wrong(status, body)
   end
end
