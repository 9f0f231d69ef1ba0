// What `tcp serve` and `udp serve` print about their clients.
#pragma once

#include <string_view>

#include "patchbay/tools/echo/serve_tcp.hpp"
#include "patchbay/tools/echo/serve_udp.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// "[*] Server listening on 127.0.0.1:5000", and a record with the address also when quiet: who
// asked for port 0 has to learn the port.
void print_listening(Output& out, std::string_view title, const Endpoint& local,
                     std::string_view answers);

// "[127.0.0.1:40000] hello"
void print_message(Output& out, const Endpoint& peer, std::span<const std::byte> bytes);

// Prints what happens, as results. Writing waits for whoever reads: a slow terminal slows the
// clients down and nothing piles up here. When the reader has left, the server stops.
class TcpServePrinter final : public TcpServeEvents {
 public:
  // With `notes_only` stdout belongs to somebody else: all goes to stderr, without messages.
  TcpServePrinter(Output& out, const TcpServeOptions& options, bool notes_only)
      : out_(out), options_(options), notes_only_(notes_only) {}

  void joined(const TcpVisit& visit) override;
  void message(const TcpVisit& visit, std::span<const std::byte> bytes) override;
  void left(const TcpVisit& visit, Parting parting) override;
  void full(std::size_t clients) override;

 private:
  void print(const Record& record, std::string_view text);

  Output& out_;
  const TcpServeOptions& options_;
  const bool notes_only_;
};

// The same for datagrams.
class UdpServePrinter final : public UdpServeEvents {
 public:
  explicit UdpServePrinter(Output& out) : out_(out) {}

  void message(const Endpoint& peer, std::span<const std::byte> bytes) override;
  void shunned(const Endpoint& peer) override;
  void refused(const Error& error) override;

 private:
  Output& out_;
};

// Ends this loop's tasks when nobody reads stdout any more.
void stop_when_gone(const Output& out);

}  // namespace patchbay
