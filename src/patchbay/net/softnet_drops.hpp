// Packets that this host's kernel threw away before any socket could count them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace patchbay {

// Of /proc/net/softnet_stat: frames dropped since boot because a processor's queue of arriving ones
// (net.core.netdev_max_backlog) was full. The queue is the processor's, so these are those of all
// interfaces and network namespaces of the host. Each processor counts in 32 bits: the sum is of
// use as the difference between two, in 32 bits again. Nothing: it cannot be told.
std::optional<std::uint32_t> softnet_drops();

// The same of such a file's text: a line a processor, of hexadecimal numbers, the second of which
// it is.
std::optional<std::uint32_t> softnet_drops_in(std::string_view text);

}  // namespace patchbay
