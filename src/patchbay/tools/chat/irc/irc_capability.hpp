// The capabilities of IRCv3 that a client can ask for, as bits. Those of the lower half decide how
// events are written for it, so they are the bits of its variant.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace patchbay {

namespace irc {

// How events are written.
inline constexpr std::uint32_t message_tags = 1U << 0;
inline constexpr std::uint32_t server_time = 1U << 1;
inline constexpr std::uint32_t account_tag = 1U << 2;
inline constexpr std::uint32_t extended_join = 1U << 3;
inline constexpr std::uint32_t account_notify = 1U << 4;
inline constexpr std::uint32_t away_notify = 1U << 5;
inline constexpr std::uint32_t chghost = 1U << 6;
inline constexpr std::uint32_t setname = 1U << 7;
inline constexpr std::uint32_t invite_notify = 1U << 8;
inline constexpr std::uint32_t batch = 1U << 9;
// The bits of a variant that are no capability: a line is a WebSocket message (RFC 6455).
inline constexpr std::uint32_t text_frames = 1U << 14;
inline constexpr std::uint32_t binary_frames = 1U << 15;
inline constexpr std::uint32_t k_variant_bits = 0xFFFF;

// How its own session answers.
inline constexpr std::uint32_t echo_message = 1U << 16;
inline constexpr std::uint32_t labeled_response = 1U << 17;
inline constexpr std::uint32_t multi_prefix = 1U << 18;
inline constexpr std::uint32_t userhost_in_names = 1U << 19;
inline constexpr std::uint32_t cap_notify = 1U << 20;
inline constexpr std::uint32_t sasl = 1U << 21;
inline constexpr std::uint32_t chathistory = 1U << 22;
inline constexpr std::uint32_t event_playback = 1U << 23;
inline constexpr std::uint32_t search = 1U << 24;             // soju.im/search
inline constexpr std::uint32_t no_implicit_names = 1U << 25;  // draft/no-implicit-names

}  // namespace irc

struct IrcCapability {
  std::string_view name;  // "server-time"
  std::uint32_t bit;
};

// All that there are, whether a server offers them or not.
std::span<const IrcCapability> irc_capabilities();
// Nothing: there is no such capability. 0 is `sts`, which is told and cannot be asked for.
const IrcCapability* find_irc_capability(std::string_view name);

}  // namespace patchbay
