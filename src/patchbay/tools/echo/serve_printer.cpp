#include "patchbay/tools/echo/serve_printer.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/echo/connect_shared.hpp"

namespace patchbay {

namespace {

// For people, after the sums. Empty where leaving needs no reason.
std::string reason_of(const TcpVisit& visit, Parting parting, const TcpServeOptions& options) {
  const auto idle = [&options] { return format_duration(options.idle); };
  switch (parting) {
    case Parting::left:
    case Parting::answered: return {};
    case Parting::idle: return fmt::format("; it was silent for {}", idle());
    case Parting::not_reading: return fmt::format("; it did not read its answer for {}", idle());
    case Parting::slow_line: return fmt::format("; it did not end its line in {}", idle());
    case Parting::long_line:
      return fmt::format("; its line is longer than {}", format_size(options.line_bytes));
    case Parting::reset: return "; it broke the connection off";
    case Parting::lost: return "; the network lost it";
    case Parting::no_tls:
      return fmt::format("; no TLS: {}", visit.fault ? visit.fault->why() : std::string());
    case Parting::stopped: return "; the server stops";
  }
  std::unreachable();
}

}  // namespace

void print_listening(Output& out, std::string_view title, const Endpoint& local,
                     std::string_view answers) {
  const std::string address = local.to_string();
  out.emit(Record("listening").text("address", address).text("answers", answers));
  if (!out.json()) out.note(fmt::format("[*] {} listening on {}", title, address));
}

void print_message(Output& out, const Endpoint& peer, std::span<const std::byte> bytes) {
  const std::string address = peer.to_string();
  const std::string_view text = as_text(bytes);
  if (!out.json()) {
    out.print(fmt::format("[{}] {}", out.style(Tone::accent, address), line_of(text)));
    return;
  }
  Record record("message");
  record.text("peer", address);
  describe_bytes(record, text, false);
  out.emit(record);
}

void stop_when_gone(const Output& out) {
  if (out.gone()) Loop::current().root().cancel();
}

void TcpServePrinter::print(const Record& record, std::string_view text) {
  if (notes_only_) {
    out_.note(text);
    return;
  }
  out_.emit(record, text);
  stop_when_gone(out_);
}

void TcpServePrinter::joined(const TcpVisit& visit) {
  const std::string peer = visit.peer.to_string();
  print(Record("joined").text("peer", peer), fmt::format("[+] Connection from {}", peer));
}

void TcpServePrinter::message(const TcpVisit& visit, std::span<const std::byte> bytes) {
  if (notes_only_) return;
  print_message(out_, visit.peer, bytes);
  stop_when_gone(out_);
}

void TcpServePrinter::left(const TcpVisit& visit, Parting parting) {
  const std::string peer = visit.peer.to_string();
  const Duration stayed = Loop::current().now() - visit.since;
  Record record("left");
  record.text("peer", peer)
      .bytes("received_bytes", visit.received_bytes)
      .bytes("sent_bytes", visit.sent_bytes)
      .time_us("duration_us", stayed)
      .text("reason", name_of(parting));
  if (visit.fault) record.text("why", visit.fault->why());
  print(record, fmt::format("[-] Connection closed: {} ({} received, {} sent, {}{})", peer,
                            format_size(visit.received_bytes), format_size(visit.sent_bytes),
                            format_duration(stayed), reason_of(visit, parting, options_)));
}

void TcpServePrinter::full(std::size_t clients) {
  out_.emit(Record("full").count("clients", clients));
  if (out_.json()) return;
  out_.note(fmt::format("[!] {} {} here, the most (--max-clients): further ones wait",
                        format_count(clients, "client"), clients == 1 ? "is" : "are"));
}

void UdpServePrinter::message(const Endpoint& peer, std::span<const std::byte> bytes) {
  print_message(out_, peer, bytes);
  stop_when_gone(out_);
}

void UdpServePrinter::shunned(const Endpoint& peer) {
  const std::string address = peer.to_string();
  out_.emit(Record("shunned").text("peer", address));
  if (out_.json()) return;
  out_.note(fmt::format(
      "[!] {} is not answered: the port is a service's own, and the two would answer each other",
      address));
}

void UdpServePrinter::refused(const Error& error) {
  out_.warn(fmt::format("{}: {}", error.what(), error.why()));
}

}  // namespace patchbay
