// What is said to the kernel by rtnetlink(7), and how its answers are taken apart.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/net/address.hpp"

namespace patchbay {

// A netlink message under construction: header, the family's own header, attributes that may hold
// others. Everything is aligned to 4 bytes and in the byte order of this machine.
class RtnetlinkMessage {
 public:
  template <class Header>
  RtnetlinkMessage(std::uint16_t type, std::uint16_t flags, const Header& header) {
    const nlmsghdr first{.nlmsg_len = 0, .nlmsg_type = type, .nlmsg_flags = flags};
    put(&first, sizeof first);
    put(&header, sizeof header);
  }

  void attribute(std::uint16_t type, const void* value, std::size_t size) {
    const rtattr head{.rta_len = static_cast<unsigned short>(RTA_LENGTH(size)), .rta_type = type};
    put(&head, sizeof head);
    put(value, size);
  }
  void attribute(std::uint16_t type, std::uint32_t value) { attribute(type, &value, sizeof value); }
  void attribute(std::uint16_t type, const std::string& text) {
    attribute(type, text.c_str(), text.size() + 1);
  }
  void attribute(std::uint16_t type, const IpAddress& address) {
    attribute(type, address.bytes().data(), address.bytes().size());
  }

  // What is added until close() is inside.
  std::size_t open(std::uint16_t type) {
    const std::size_t place = bytes_.size();
    attribute(type, nullptr, 0);
    return place;
  }
  void close(std::size_t place) {
    const auto size = static_cast<unsigned short>(bytes_.size() - place);
    std::memcpy(bytes_.data() + place + offsetof(rtattr, rta_len), &size, sizeof size);
  }
  template <class Header>
  void header(const Header& header) {
    put(&header, sizeof header);
  }

  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  void put(const void* from, std::size_t size) {
    const auto* const first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + size);
    bytes_.resize((bytes_.size() + 3) & ~std::size_t{3});
  }

  std::vector<std::byte> bytes_;
};

// The attributes behind a header, one after the other; stops at one whose length is none.
template <class Visit>
void for_each_attribute(std::span<const std::byte> bytes, Visit&& each) {
  rtattr head{};
  while (bytes.size() >= sizeof head) {
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > bytes.size()) return;
    each(static_cast<unsigned>(head.rta_type), bytes.first(head.rta_len).subspan(sizeof head));
    bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), (head.rta_len + 3U) & ~3U));
  }
}

// A family's own header, and the attributes behind it. Nothing where it is cut.
template <class Header>
std::optional<std::pair<Header, std::span<const std::byte>>> split_message(
    std::span<const std::byte> body) {
  Header header{};
  if (body.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, body.data(), sizeof header);
  return std::pair(header, body.subspan(NLMSG_ALIGN(sizeof header)));
}

template <class Number>
Number number_in(std::span<const std::byte> value) {
  Number number{};
  std::memcpy(&number, value.data(), std::min(value.size(), sizeof number));
  return number;
}

// An attribute that is an address: 4 or 16 bytes.
inline std::optional<IpAddress> address_in(std::span<const std::byte> value) {
  if (value.size() == sizeof(in_addr)) return IpAddress(number_in<in_addr>(value));
  if (value.size() == sizeof(in6_addr)) return IpAddress(number_in<in6_addr>(value));
  return std::nullopt;
}

inline int native_family(const IpAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

}  // namespace patchbay
