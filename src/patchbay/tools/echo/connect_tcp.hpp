// `tcp connect` as a library: reach a peer, and ask it one question. connect_tcp_relay.hpp joins it
// to standard input and output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "patchbay/net/tcp.hpp"
#include "patchbay/net/tls.hpp"
#include "patchbay/tools/echo/connect_tcp_expect.hpp"

namespace patchbay {

struct TcpConnectOptions {
  HostPort to;
  Duration timeout = 5s;  // for the name, the connection and TLS together
  ConnectOptions connect = {};
  std::optional<TlsClientOptions> tls = {};  // the peer must prove to be the host of `to`
};

// A connection and what is known of it from the start: a reset one can no longer be asked.
struct TcpConnection {
  Stream stream;
  Endpoint local;
  Endpoint peer;
  TcpSettings settings;
  Duration took{};
  std::optional<TlsInfo> tls = {};
};

// Faults: resolve, refused, timed_out, unreachable, permission, cancelled; each has a sentence of
// its own. Of TLS: protocol, permission (the certificate is not to be trusted), and storage or
// integrity for files that cannot be read.
Task<Result<TcpConnection>> connect_tcp(TcpConnectOptions options);

struct AskOptions {
  std::string question;                 // sent as it is
  const Expectation* expect = nullptr;  // borrowed; what the answer should match
  Duration timeout = 5s;                // for the question to be taken and the answer to be whole
  Duration quiet = 200ms;               // nothing more for so long: the answer is whole
  std::size_t max_answer_bytes = std::size_t{1} << 20;
};

enum class AnswerEnd : std::uint8_t {
  peer,      // the peer ended its side
  quiet,     // nothing more came for `quiet`
  matched,   // what came matches `expect`
  limit,     // max_answer_bytes are there
  deadline,  // the time was over before the peer had said it all
  broken,    // `fault` says how
};

// "peer", "quiet", …: for JSON.
const char* name_of(AnswerEnd end);

struct TcpAnswer {
  std::string bytes;  // at least one
  AnswerEnd end = AnswerEnd::peer;
  bool matched = true;              // true also when nothing was expected
  Duration took{};                  // from the question's first byte to the answer's last
  std::optional<Error> fault = {};  // what broke the answer off: a reset, a cancel
};

// Sends the question and collects the answer: until the peer ends or, without an expectation, until
// it is quiet; with one, until what came matches it. A peer that says nothing at all is a fault:
// timed_out, or closed when it ended without a word.
Task<Result<TcpAnswer>> ask_tcp(Stream& stream, AskOptions options);

}  // namespace patchbay
