// TlsTicketKeys: what a server's session tickets are sealed with (RFC 5077; RFC 8446 section
// 4.6.1), so that a client that comes back is spared half of a handshake, whichever thread it
// meets.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

#include "patchbay/net/deadline.hpp"

namespace patchbay {

class Loop;

// Thread-safe. Made at the first use, and anew every 12 hours; what was sealed with the former keys
// is accepted for 12 hours more. Nothing is ever written down: a restart forgets all tickets.
class TlsTicketKeys {
 public:
  static constexpr Duration k_period = std::chrono::hours(12);
  static constexpr std::size_t k_name_bytes = 16;

  struct Key {
    std::array<std::uint8_t, k_name_bytes> name{};  // in the clear at the front of each ticket
    std::array<std::uint8_t, 32> cipher{};          // AES-256-CBC
    std::array<std::uint8_t, 32> mac{};             // HMAC-SHA256

    Key() = default;
    Key(const Key&) = default;
    Key& operator=(const Key&) = default;
    ~Key();  // leaves no trace
  };
  struct Found {
    Key key;
    bool newest = true;  // false: the ticket should be replaced
  };

  TlsTicketKeys() = default;
  TlsTicketKeys(const TlsTicketKeys&) = delete;
  TlsTicketKeys& operator=(const TlsTicketKeys&) = delete;

  // What to seal with now. Time and chance are those of `loop`, which runs on this thread.
  Key newest(Loop& loop);
  // Nothing when the name is of no key, or of one that is too old.
  std::optional<Found> find(std::span<const std::uint8_t, k_name_bytes> name, Loop& loop);

 private:
  void bring_up_to_date(Loop& loop);

  std::mutex mutex_;
  std::optional<Key> newest_;
  std::optional<Key> former_;
  Instant since_{};  // when the newest came into use
};

}  // namespace patchbay
