#include "patchbay/tools/http/serve_options.hpp"

namespace patchbay {

void declare_listening(Command& command, ServeOptions& options) {
  command
      .flag("-l, --listen [ADDR:]PORT", endpoint(options.listen),
            "where to listen, any number of times; 127.0.0.1:8080 by default")
      .alias("-p")
      .alias("--port");
  command.flag("--listen-plain [ADDR:]PORT", endpoint(options.listen_plain),
               "listen here without TLS, where the others speak it");
  command.flag(
      "--log FORMAT",
      choice(options.log,
             {{"common", LogFormat::common}, {"json", LogFormat::json}, {"off", LogFormat::off}}),
      "a line for every answer");
}

void declare_server_tls(Command& command, ServeOptions& options) {
  command
      .flag("--tls-self", toggle(options.tls_self),
            "speak TLS with a certificate made on the spot; shows its fingerprint and a QR code")
      .excludes("tls-cert");
  command.flag("--redirect-to-tls", toggle(options.redirect_to_tls),
               "send whoever comes without TLS to the same page with it");
}

void declare_limits(Command& command, ServeOptions& options) {
  command.section("Limits");
  command.flag("--threads N", count(options.threads, 1, 256),
               "loops, each on a thread and a CPU of its own");
  command.flag("--max-clients N", count(options.max_clients, 1, 10'000'000),
               "connections at a time, on all threads together; further ones wait");
  command.flag("--max-clients-per-address N", count(options.per_address),
               "connections of one address at a time, on all threads together; 0 is no limit");
  command.flag("--idle TIME", duration(options.idle, 1s),
               "close a connection that asks nothing so long");
  command.flag("--head-time TIME", duration(options.head_time, 1s),
               "a request's head must be there in this time, whatever its pace");
  command.flag("--least-rate RATE", rate(options.least_rate, 8),
               "cut a client that sends or takes a body more slowly, after 10 s");
  command.flag("--reader-grace TIME", duration(options.reader_grace),
               "how long a reader may pause, if it has read as much before as it had to meanwhile");
  command.flag("--grace TIME", duration(options.grace),
               "what requests in work have when the server is told to stop");
  command.flag(
      "--backlog N", count(options.backlog, 1, 1'000'000),
      "connections that may wait to be accepted; the kernel caps it at net.core.somaxconn");
  command.section("Metrics");
  command.flag("--metrics [ADDR:]PORT", endpoint(options.metrics),
               "tell numbers at /metrics there");
}

std::vector<std::string> serve_keys() {
  ServeOptions options;
  Command words("serve", "", nullptr);
  declare_listening(words, options);
  declare_server_tls(words, options);
  declare_limits(words, options);
  std::vector<std::string> keys;
  for (const Flag& flag : words.flags()) keys.push_back(flag.name);
  keys.emplace_back("site");
  return keys;
}

}  // namespace patchbay
