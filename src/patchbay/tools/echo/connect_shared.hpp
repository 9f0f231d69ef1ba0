// What `tcp connect` and `udp connect` share: targets, translated newlines, and how bytes are
// shown.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/net/address.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// "HOST:PORT", or HOST with its port as a word of its own, as nc takes it: "::1" "80".
std::expected<HostPort, Failure> target_of(std::string_view host,
                                           const std::optional<std::string>& port);

// "ADDR" or "ADDR:PORT" of this machine, for --local; without a port the kernel chooses one.
std::expected<Endpoint, Failure> source_of(std::string_view text);

// Newlines into CR LF, as many line protocols ask; one that has its CR is left alone. Text may come
// in pieces: a CR at the end of one counts for the newline at the start of the next.
class CrlfWriter {
 public:
  std::string next(std::string_view piece);

 private:
  bool after_return_ = false;
};

// Bytes for one line of a terminal: escaped, without the newline at the end, cut where it is long.
std::string line_of(std::string_view bytes);

// "text" (or "hex" where it is asked for or the bytes are no text) and "size_bytes".
void describe_bytes(Record& record, std::string_view bytes, bool as_hex);

// Reports what broke a conversation off; the peer is named where the error names nobody.
int fail_to_talk(Output& out, const HostPort& peer, const Error& error);

// Reports an answer that --expect does not match, and returns exit_condition.
int fail_to_match(Output& out, std::string why);

}  // namespace patchbay
