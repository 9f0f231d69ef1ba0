// A small name server on 127.0.0.1 for tests, in a thread of its own. What it answers follows from
// the first label of the name; it knows just enough DNS (RFC 1035) for that.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "patchbay/net/address.hpp"

namespace patchbay {

class DnsServer {
 public:
  DnsServer() {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    auto* const native = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    EXPECT_EQ(::bind(tcp_, native, size), 0);
    EXPECT_EQ(::getsockname(tcp_, native, &size), 0);
    EXPECT_EQ(::bind(udp_, native, size), 0);
    EXPECT_EQ(::listen(tcp_, 16), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread(&DnsServer::serve, this);
  }
  ~DnsServer() {
    stopping_ = true;
    wake();
    thread_.join();
    for (const int descriptor : {tcp_, udp_, wake_}) ::close(descriptor);
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<std::string> questions() {
    const std::lock_guard lock(mutex_);
    return questions_;
  }
  // Lets the answers to "held.…" go, those asked for already and those that will be.
  void release() {
    released_ = true;
    wake();
  }

 private:
  using Bytes = std::string;

  struct Held {
    sockaddr_in from;
    Bytes answer;
  };

  static constexpr std::uint16_t k_a = 1;
  static constexpr std::uint16_t k_ptr = 12;
  static constexpr std::uint16_t k_aaaa = 28;

  void wake() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(wake_, &one, sizeof one), ssize_t{sizeof one});
  }

  static void put16(Bytes& to, unsigned value) {
    to += static_cast<char>(value >> 8);
    to += static_cast<char>(value & 0xff);
  }
  static Bytes encode(std::string_view name) {
    Bytes wire;
    while (!name.empty()) {
      const std::string_view label = name.substr(0, name.find('.'));
      wire += static_cast<char>(label.size());
      wire += label;
      name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    return wire + '\0';
  }
  static Bytes record(std::uint16_t type, const Bytes& data) {
    Bytes wire = "\xc0\x0c";  // the name of the question
    put16(wire, type);
    put16(wire, 1);  // IN
    put16(wire, 0);
    put16(wire, 60);  // seconds to live
    put16(wire, static_cast<unsigned>(data.size()));
    return wire + data;
  }
  static Bytes address_data(std::string_view text) {
    const auto address = IpAddress::parse(text);
    EXPECT_TRUE(address);
    const auto bytes = address->bytes();
    return Bytes(bytes.begin(), bytes.end());
  }

  // The answer to one question; empty: silence.
  Bytes answer(const Bytes& query, bool over_tcp) {
    if (query.size() < 17) return {};
    std::string name;
    std::size_t at = 12;
    while (at < query.size() && query[at] != 0) {
      const auto length = static_cast<std::size_t>(query[at]);
      name += (name.empty() ? "" : ".") + query.substr(at + 1, length);
      at += length + 1;
    }
    const auto type = static_cast<std::uint16_t>(query.at(at + 2));
    const Bytes question = query.substr(12, at + 5 - 12);
    {
      const std::lock_guard lock(mutex_);
      questions_.push_back(name + (type == k_a ? " A" : type == k_aaaa ? " AAAA" : " PTR"));
    }
    return reply(query.substr(0, 2), question, name, type, over_tcp);
  }

  static Bytes reply(const Bytes& id, const Bytes& question, const std::string& name,
                     std::uint16_t type, bool over_tcp) {
    const std::string first = name.substr(0, name.find('.'));
    if (first == "silent") return {};
    std::vector<Bytes> records;
    unsigned code = 0;
    bool truncated = false;
    const auto add = [&](std::uint16_t of, std::string_view text) {
      if (of == type) records.push_back(record(of, address_data(text)));
    };
    if (name == "host.test" || name == "printer.corp.test" || first == "held") {
      add(k_a, "127.0.0.5");
      add(k_aaaa, "::1");
    } else if (first == "v4only") {
      add(k_a, "127.0.0.6");
    } else if (first == "big" && !over_tcp) {
      truncated = true;
    } else if (first == "big") {
      for (int i = 1; i <= 60; ++i) add(k_a, "127.1.0." + std::to_string(i));
    } else if (first.starts_with("many-")) {
      add(k_a, "127.2.0." + first.substr(5));
    } else if (name == "5.2.0.192.in-addr.arpa") {
      records.push_back(record(k_ptr, encode("first.test")));
      records.push_back(record(k_ptr, encode("second.test")));
    } else if (name == "6.2.0.192.in-addr.arpa" || first == "nothing") {
      code = 0;
    } else if (first == "servfail") {
      code = 2;
    } else if (first == "refused") {
      code = 5;
    } else if (first != "garbage") {
      code = 3;  // NXDOMAIN
    }
    Bytes wire = id;
    put16(wire, 0x8180 | (truncated ? 0x0200U : 0U) | code);
    put16(wire, 1);
    put16(wire, first == "garbage" ? 7 : static_cast<unsigned>(records.size()));
    put16(wire, 0);
    put16(wire, 0);
    wire += question;
    for (const Bytes& item : records) wire += item;
    if (first == "garbage") wire += "\xc0\xff\xff\xff\xff";  // where seven records should stand
    return wire;
  }

  void serve() {
    std::vector<Held> held;
    while (!stopping_) {
      std::array<pollfd, 3> watched = {{{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}, {wake_, POLLIN, 0}}};
      ::poll(watched.data(), watched.size(), -1);
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t woken = ::read(wake_, &count, sizeof count);
      if (watched[0].revents != 0) serve_datagram(held);
      if (watched[1].revents != 0) serve_connection();
      if (!released_) continue;
      for (const Held& item : held) send(item);
      held.clear();
    }
  }
  void send(const Held& item) {
    ::sendto(udp_, item.answer.data(), item.answer.size(), 0,
             reinterpret_cast<const sockaddr*>(&item.from), sizeof item.from);
  }
  void serve_datagram(std::vector<Held>& held) {
    std::array<char, 512> buffer;
    Held item{};
    socklen_t size = sizeof item.from;
    const ssize_t got = ::recvfrom(udp_, buffer.data(), buffer.size(), 0,
                                   reinterpret_cast<sockaddr*>(&item.from), &size);
    if (got <= 0) return;
    const Bytes query(buffer.data(), static_cast<std::size_t>(got));
    item.answer = answer(query, false);
    if (item.answer.empty()) return;
    const bool holds = query.find("\4held") != Bytes::npos;
    holds ? held.push_back(item) : send(item);
  }
  // One question, then the connection ends.
  void serve_connection() {
    const int client = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
    std::array<char, 2> length;
    Bytes query;
    if (::recv(client, length.data(), 2, MSG_WAITALL) == 2) {
      query.resize(static_cast<unsigned char>(length[1]));
      if (::recv(client, query.data(), query.size(), MSG_WAITALL) < 0) query.clear();
      const Bytes reply_bytes = answer(query, true);
      Bytes wire;
      put16(wire, static_cast<unsigned>(reply_bytes.size()));
      wire += reply_bytes;
      ::send(client, wire.data(), wire.size(), MSG_NOSIGNAL);
    }
    ::close(client);
  }

  int tcp_ = -1;
  int udp_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> released_ = false;
  std::mutex mutex_;
  std::vector<std::string> questions_;
  std::thread thread_;
};

}  // namespace patchbay
