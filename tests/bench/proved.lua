-- SPDX-License-Identifier: Apache-2.0
-- The same call of the consent API each time, for wrk: a POST to PATH_ASKED with the token of AUTHORIZATION, an
-- Idempotency-Key of its own and a DPoP proof of its own, of the lines of SIGNED, of which a thread takes every
-- THREADSth.
dofile(os.getenv("TURN"))

local path, authorization = os.getenv("PATH_ASKED"), os.getenv("AUTHORIZATION")
local n_threads, proofs, next_proof = tonumber(os.getenv("THREADS")), {}, 1

function init()
   local at = 0
   for proof in io.lines(os.getenv("SIGNED")) do
      if at % n_threads == number then
         table.insert(proofs, proof)
      end
      at = at + 1
   end
end

function request()
   local proof = proofs[next_proof]
   if not proof then
      io.stderr:write("proved.lua: not enough was signed ahead; wrong answers: ", wrong, " ", first_wrong, "\n")
      os.exit(1)
   end
   next_proof = next_proof + 1
   return wrk.format("POST", path, { Authorization = authorization, DPoP = proof,
      ["Idempotency-Key"] = string.format("bench-%d-%d-%s", number, next_proof, proof:sub(-20)) })
end

function response(status, headers, body)
   if status == 200 and (headers["Content-Type"] or ""):find("application/jwt", 1, true) then
      finished = finished + 1
   else
      is_wrong(status, body)
   end
end
