#include "patchbay/wire/telnet_filter.hpp"

#include <cstring>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

// RFC 854, "TELNET command structure".
constexpr unsigned char k_erase_character = 247;
constexpr unsigned char k_erase_line = 248;
constexpr unsigned char k_sb = 250;
constexpr unsigned char k_will = 251;
constexpr unsigned char k_dont = 254;
constexpr unsigned char k_iac = 255;

constexpr unsigned char k_del = 0x7f;
constexpr unsigned char k_kill = 0x15;

}  // namespace

std::string_view TelnetFilter::strip(std::span<std::byte> bytes) {
  if (bytes.empty()) return {};
  const bool is_text = state_ == State::text || state_ == State::after_cr;
  if (is_text && std::memchr(bytes.data(), k_iac, bytes.size()) == nullptr &&
      std::memchr(bytes.data(), 0, bytes.size()) == nullptr) {
    state_ = bytes.back() == std::byte('\r') ? State::after_cr : State::text;
    return as_text(bytes);
  }
  std::size_t left = 0;
  for (const std::byte each : bytes) {
    auto byte = static_cast<unsigned char>(each);
    if (take(byte)) bytes[left++] = static_cast<std::byte>(byte);
  }
  return as_text(bytes.first(left));
}

// True when the byte, or what it has become, is text.
bool TelnetFilter::take(unsigned char& byte) {
  switch (state_) {
    case State::after_cr:
    case State::text:
      if (byte == k_iac) {
        state_ = State::command;
        return false;
      }
      if (state_ == State::after_cr && byte == 0) byte = '\n';
      state_ = byte == '\r' ? State::after_cr : State::text;
      return true;
    case State::command: return take_command(byte);
    case State::option: state_ = State::text; return false;
    case State::subnegotiation:
      if (byte == k_iac) {
        state_ = State::subnegotiation_command;
      } else if (++option_bytes_ >= k_most_option_bytes) {
        state_ = State::text;
      }
      return false;
    case State::subnegotiation_command:
      // SE ends the option; so does any other command, for one that its sender forgot to end.
      if (byte != k_iac) return take_command(byte);
      state_ = ++option_bytes_ < k_most_option_bytes ? State::subnegotiation : State::text;
      return false;
  }
  return false;
}

bool TelnetFilter::take_command(unsigned char& byte) {
  state_ = State::text;
  switch (byte) {
    case k_iac: return true;
    case k_erase_character: byte = k_del; return true;
    case k_erase_line: byte = k_kill; return true;
    case k_sb:
      state_ = State::subnegotiation;
      option_bytes_ = 0;
      return false;
    default:
      if (byte >= k_will && byte <= k_dont) state_ = State::option;
      return false;
  }
}

}  // namespace patchbay
