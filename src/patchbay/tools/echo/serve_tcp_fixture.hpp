// For tests of the TCP server: it and a client in one loop, and what the server told.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/echo/serve_tcp.hpp"

namespace patchbay {

using Told = std::vector<std::string>;

class Recorder final : public TcpServeEvents {
 public:
  void joined(const TcpVisit&) override { told.push_back("joined"); }
  void message(const TcpVisit&, std::span<const std::byte> bytes) override {
    told.push_back("message " + std::string(as_text(bytes)));
  }
  void left(const TcpVisit& visit, Parting parting) override {
    told.push_back(
        fmt::format("left {} {} {}", name_of(parting), visit.received_bytes, visit.sent_bytes));
  }
  void full(std::size_t clients) override { told.push_back(fmt::format("full {}", clients)); }

  Told told;
};

struct Served {
  TcpServeTotals totals;
  Told told;
  std::vector<std::string> notices;
  std::size_t buffers_out = 0;

  std::string last() const { return told.empty() ? "" : told.back(); }
};

// What a client may leave open beyond its own end: the server is stopped with it there.
using Kept = std::vector<TcpStream>;
using Client = Task<Result<>> (*)(Endpoint server, Kept& kept);

struct Setting {
  TcpServeOptions options = {};
  bool quiet = false;
};

// The server runs until the client has ended; with `once` until it ends itself.
inline Task<> serve_client(Setting& setting, Client client, TcpServeTotals& totals,
                           Recorder& recorder) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(listener);
  if (!listener) co_return;
  const Endpoint server = listener->local();
  std::vector<TcpListener> listeners;
  listeners.push_back(std::move(*listener));
  Kept kept;
  const bool ends_itself = setting.options.once || setting.options.join != nullptr;
  auto serving =
      serve_tcp(std::move(listeners), setting.options, totals, setting.quiet ? nullptr : &recorder);
  auto meeting = ends_itself ? both(std::move(serving), client(server, kept))
                             : either(std::move(serving), client(server, kept));
  // The deadline is only against a hang.
  const auto ended = co_await with_deadline(Deadline::after(20s), std::move(meeting));
  EXPECT_TRUE(ended) << ended.error().describe();
}

inline Served serve(Client client, Setting setting = {}) {
  Served served;
  Recorder recorder;
  auto loop =
      Loop::make({.notice = [&](std::string_view text) { served.notices.emplace_back(text); }});
  (*loop)->run(serve_client(setting, client, served.totals, recorder));
  served.buffers_out = (*loop)->buffers().lent();
  served.told = recorder.told;
  return served;
}

inline TcpServeOptions replying(std::string_view text, bool lines = false) {
  return {.reply = *ReplyTemplate::parse(text), .lines = lines};
}

// All until the peer's end.
inline Task<Result<std::string>> read_all(TcpStream& stream) {
  std::string all;
  for (;;) {
    const auto data = co_await stream.receive();
    if (!data) co_return data.error();
    if (data->empty()) co_return all;
    all += data->text();
  }
}

inline Task<Result<std::string>> read_some(TcpStream& stream, std::size_t size) {
  std::string text(size, '\0');
  const auto read = co_await stream.read_exact(std::as_writable_bytes(std::span(text)));
  if (!read) co_return read.error();
  co_return text;
}

// Says it, ends, and expects the answer and then the server's end.
inline Task<Result<>> expect_answer(Endpoint server, std::string question, std::string expected) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  if (const auto sent = co_await stream->write_all(question); !sent) co_return sent;
  if (const auto ended = co_await stream->shutdown_write(); !ended) co_return ended;
  const auto answer = co_await read_all(*stream);
  if (!answer) co_return answer.error();
  EXPECT_EQ(*answer, expected);
  co_return ok();
}

}  // namespace patchbay
