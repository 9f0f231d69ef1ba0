// What `http get` says of answers: heads for people, records for programs, and exit codes.
#pragma once

#include <string>

#include "patchbay/http/http_client.hpp"
#include "patchbay/tools/http/timed_resolver.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// The exit codes of its own.
inline constexpr int exit_not_found = 10;     // 404, 410
inline constexpr int exit_client_error = 11;  // another 4xx
inline constexpr int exit_server_error = 12;  // 5xx

// 401, 403 and 407 are exit_permission.
int exit_code_of_status(int status);

// "HTTP/1.1 200 OK" or "HTTP/2 200 ", and the fields, each line ended by `end`.
std::string head_text(const HttpHop& hop, std::string_view end);
// The same, escaped and in colour.
std::string styled_head(const HttpHop& hop, const Output& out);

// {"type":"hop" or "answer", …}: everything but the body. `names` tells how long look-ups took.
Record hop_record(std::string_view type, const HttpHop& hop, const TimedResolver* names);

// What -v tells of a connection.
void tell_hop(Output& out, const HttpHop& hop);

// The failure of an answer whose status is one.
Failure status_failure(const HttpHop& hop);

}  // namespace patchbay
