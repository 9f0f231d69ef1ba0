// For tests: servers on a simulated host that behave as they are told.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/world.hpp"
#include "patchbay/net/tls.hpp"
#include "patchbay/tools/scan/service/service_prober.hpp"

namespace patchbay {

inline constexpr const char* k_fake_page =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nConnection: close\r\n\r\n"
    "<html><title>Lab &amp; Portal</title></html>";

// What a server does with each connection.
struct ServiceFake {
  std::string greeting = {};
  Duration hesitates = {};    // before it; who speaks meanwhile is left
  Duration between = {};      // its bytes: one at a time, so long apart
  bool leaves_first = false;  // at once, or after its greeting
  // What it says to whoever begins like that; to anything else nothing.
  std::vector<std::pair<std::string, std::string>> answers = {};
  Duration thinks = {};        // before an answer
  bool leaves_others = false;  // who says anything else
  bool keeps = false;          // the connection, behind an answer
  bool babbles = false;        // without an end
  const TlsContext* tls = nullptr;
  // Whoever has said this, and has been answered, speaks TLS from then on (STARTTLS). Where there
  // are no answers, TLS comes right behind it.
  std::string tls_behind = {};
  const TlsContext* later_tls = nullptr;
  std::size_t connections = 0;  // that came
  std::string heard = {};       // what all of them said
};

class FakeHost {
 public:
  explicit FakeHost(std::uint64_t seed = 1) : world(seed) {}

  ServiceFake& serve(std::uint16_t port, ServiceFake fake) {
    fakes_.push_back(std::make_unique<ServiceFake>(std::move(fake)));
    pair.server.serve(listen(port, *fakes_.back()));
    return *fakes_.back();
  }
  // What is found on these ports, and how long that takes.
  std::vector<ServiceAnswer> find(const std::vector<std::uint16_t>& ports,
                                  const ServiceOptions& options = {}) {
    std::vector<ServiceTarget> targets;
    for (const std::uint16_t port : ports) {
      targets.push_back({.address = pair.server.address(),
                         .port = {.protocol = ScanProtocol::tcp, .number = port},
                         .name = name});
    }
    std::vector<ServiceAnswer> answers;
    ServiceMeter meter(targets.size(), options.at_once, options.budget);
    pair.client.run(find_services(targets, options, answers, meter));
    took = sim::run(world);
    return answers;
  }
  ServiceFinding find_one(std::uint16_t port, const ServiceOptions& options = {}) {
    const auto answers = find({port}, options);
    EXPECT_TRUE(answers.front().connected);
    return answers.front().finding.value_or(ServiceFinding{.service = "(none)"});
  }

  sim::World world;
  sim::Pair pair{world, {.delay = 1ms}};
  std::string name;
  Duration took{};

 private:
  static Task<Result<>> listen(std::uint16_t port, ServiceFake& fake) {
    auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), port));
    if (!listener) co_return listener.error();
    co_return co_await serve_each(*listener, play, std::ref(fake));
  }
  static Task<> play(TcpStream lower, ServiceFake& fake) {
    ++fake.connections;
    if (fake.tls == nullptr) {
      if (!co_await converse(lower, fake)) co_return;
      auto session = co_await tls_accept(std::move(lower), *fake.later_tls);
      if (!session) co_return;
      [[maybe_unused]] const auto last = co_await session->receive();
      co_return;
    }
    auto session = co_await tls_accept(std::move(lower), *fake.tls);
    if (session) co_await converse(*session, fake);
  }
  static Task<bool> say(Stream& stream, const std::string& text, Duration between) {
    const std::size_t step = between > Duration::zero() ? 1 : text.size();
    for (std::size_t at = 0; at < text.size(); at += step) {
      if (!co_await stream.write_all(std::string_view(text).substr(at, step))) co_return false;
      if (between > Duration::zero() && !co_await sleep_for(between)) co_return false;
    }
    co_return true;
  }
  // Takes nothing of what comes behind those words.
  static Task<bool> was_told(Stream& stream, std::string_view words) {
    std::string heard(words.size(), '\0');
    const auto read = co_await stream.read_exact(std::as_writable_bytes(std::span(heard)));
    co_return read.has_value() && heard == words;
  }
  // Whether TLS comes next.
  static Task<bool> converse(Stream& stream, ServiceFake& fake) {
    if (fake.hesitates > Duration::zero()) {
      const auto spoken = co_await stream.receive(Deadline::after(fake.hesitates));
      if (spoken || spoken.error().fault() != Fault::timed_out) co_return false;
    }
    if (!co_await say(stream, fake.greeting, fake.between) || fake.leaves_first) co_return false;
    const std::string noise(10'000, '\x9c');
    while (fake.babbles && co_await stream.write_all(noise)) {
    }
    if (fake.later_tls != nullptr && fake.answers.empty()) {
      co_return co_await was_told(stream, fake.tls_behind);
    }
    for (std::string heard;;) {
      const auto piece = co_await stream.receive();
      if (!piece || piece->empty()) co_return false;
      heard += piece->text();
      fake.heard += piece->text();
      const std::string* answer = nullptr;
      for (const auto& [beginning, words] : fake.answers) {
        if (answer == nullptr && heard.starts_with(beginning)) answer = &words;
      }
      if (answer == nullptr && fake.leaves_others) co_return false;
      if (answer == nullptr) continue;
      if (fake.thinks > Duration::zero() && !co_await sleep_for(fake.thinks)) co_return false;
      if (!co_await say(stream, *answer, fake.between)) co_return false;
      if (fake.later_tls != nullptr && heard.starts_with(fake.tls_behind)) co_return true;
      if (!fake.keeps) co_return false;
      heard.clear();
    }
  }

  std::vector<std::unique_ptr<ServiceFake>> fakes_;
};

}  // namespace patchbay
