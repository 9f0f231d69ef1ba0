#include "patchbay/tools/echo/connect_shared.hpp"

#include <fmt/format.h>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_longest_line_bytes = 4096;

std::string hex_of(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(c));
  }
  return hex;
}

std::expected<HostPort, Failure> host_and_port(std::string_view host, std::string_view port) {
  const auto number = parse_port(port);
  if (!number) return std::unexpected(Failure(number.error()));
  if (const auto address = IpAddress::parse(host)) return HostPort{address->to_string(), *number};
  if (host.empty() || host.find(':') != host.npos) {
    return std::unexpected(Failure("the port is given twice", "HOST:PORT is followed by a PORT",
                                   "HOST:PORT, or HOST PORT"));
  }
  return HostPort{std::string(host), *number};
}

std::expected<HostPort, Failure> host_port(std::string_view text) {
  const auto parsed = HostPort::parse(text);
  if (!parsed) return std::unexpected(Failure(parsed.error()));
  return *parsed;
}

}  // namespace

std::expected<HostPort, Failure> target_of(std::string_view host,
                                           const std::optional<std::string>& port) {
  auto target = port ? host_and_port(host, *port) : host_port(host);
  if (!target || target->port != 0) return target;
  return std::unexpected(Failure("port 0 is nobody's",
                                 "a server that asks for it gets any free port instead",
                                 "use the port that the server told when it began to listen"));
}

std::expected<Endpoint, Failure> source_of(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return Endpoint(*address, 0);
  const auto endpoint = Endpoint::parse(text);
  if (endpoint) return *endpoint;
  return std::unexpected(Failure(fmt::format("--local: '{}' is no address", escape_terminal(text)),
                                 "it takes an address of this machine, with or without a port",
                                 "list this machine's addresses: `ip address`"));
}

std::string CrlfWriter::next(std::string_view piece) {
  std::string translated;
  translated.reserve(piece.size() + piece.size() / 16);
  for (const char c : piece) {
    if (c == '\n' && !after_return_) translated += '\r';
    translated += c;
    after_return_ = c == '\r';
  }
  return translated;
}

std::string line_of(std::string_view bytes) {
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  if (bytes.ends_with('\r')) bytes.remove_suffix(1);
  const std::string_view shown = utf8_prefix(bytes, k_longest_line_bytes);
  std::string line = escape_terminal(shown, {.tab = true});
  if (shown.size() < bytes.size()) {
    line += fmt::format(" … ({} in all)", format_size(bytes.size()));
  }
  return line;
}

void describe_bytes(Record& record, std::string_view bytes, bool as_hex) {
  if (as_hex || !is_valid_utf8(bytes)) {
    record.text("hex", hex_of(bytes));
  } else {
    record.text("text", bytes);
  }
  record.bytes("size_bytes", bytes.size());
}

int fail_to_talk(Output& out, const HostPort& peer, const Error& error) {
  return out.fail(error.subject().empty() ? error.about(peer.to_string()) : error);
}

int fail_to_match(Output& out, std::string why) {
  return out.fail(Failure("the answer does not match --expect", std::move(why),
                          "compare the two: -x shows every byte of the answer; (?i) before the "
                          "pattern ignores case"),
                  exit_condition);
}

}  // namespace patchbay
