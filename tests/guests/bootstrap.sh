#!/bin/sh
# A whole custom runtime in a few lines of shell: answers each event with itself and its own process id.
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  head=$(mktemp)
  event=$(curl -sS -D "$head" "$api/invocation/next") || exit 1
  id=$(tr -d '\r' <"$head" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  rm -f "$head"
  echo "handling $id"
  curl -sS -o /dev/null -d "{\"event\":$event,\"pid\":$$,\"handler\":\"$_HANDLER\"}" "$api/invocation/$id/response"
done
