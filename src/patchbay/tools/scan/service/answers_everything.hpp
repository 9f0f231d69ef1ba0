// Whether a host that has many ports open has any: SYN proxies, tarpits and some firewalls accept
// every connection, and nobody is behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/scan/service/service_options.hpp"

namespace patchbay {

// More open ports than this are suspicious by themselves.
inline constexpr std::size_t k_suspicious_open_ports = 64;
// More than this are where ports that nobody asked for are open as well; so are fewer, if every
// port is open that was asked, and those are more than k_few_ports.
inline constexpr std::size_t k_many_open_ports = 8;
inline constexpr std::size_t k_few_ports = 4;

// Who may answer everything.
struct Suspect {
  IpAddress address;
  std::vector<std::uint16_t> samples = {};   // of its open ports, up to 8
  std::vector<std::uint16_t> canaries = {};  // ports that were not asked; all have to be open, too
  std::optional<Duration> round_trip = {};   // the canaries are not waited for much longer
};

// By the TCP ports of a host: those that were found open, how many were asked, and those that might
// be asked without being in the plan. Nothing: it is not suspicious, or there are too few to ask.
// Draws lots from the loop.
std::optional<Suspect> suspect_of(const IpAddress& address, std::vector<std::uint16_t> open,
                                  std::size_t asked, std::span<const std::uint16_t> unasked,
                                  const ServiceOptions& options);

// Whether not one of the samples says anything, be it by itself or to a GET, and every canary is
// open and silent likewise. Canaries are three that chance takes of thousands, so a host that has a
// dozen of those in use is taken for such a machine once in half a billion scans, if all else that
// it has is silent. Takes ServiceOptions::patience three times at the most. A cancel ends it with
// false.
Task<bool> answers_everything(Suspect suspect, ServiceOptions options);

// Those who do, ServiceOptions::at_once ÷ 8 at a time.
Task<std::vector<IpAddress>> find_answer_machines(const std::vector<Suspect>& suspects,
                                                  const ServiceOptions& options);

}  // namespace patchbay
