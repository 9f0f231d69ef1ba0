#include "patchbay/tools/subnet/subnet_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/ip_set.hpp"

namespace patchbay {

namespace {

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return value;
}

Failure bad_split(std::string_view text) {
  return {fmt::format("cannot split by '{}'", escape_terminal(text)),
          "it is neither a number of parts nor the length of a prefix",
          "write --split 4 or --split /26"};
}

// The shortest prefix of a network that has so many addresses for hosts.
unsigned prefix_for(std::uint64_t hosts, const IpNetwork& whole) {
  const Family family = whole.family();
  if (family == Family::v6) {
    const auto bits = static_cast<unsigned>(std::bit_width(hosts - 1));
    return whole.prefix_length() <= 64 ? 64 : 128 - bits;
  }
  if (hosts == 1) return 32;
  return 32 - static_cast<unsigned>(std::bit_width(hosts + 1));
}

std::string describe(const SubnetNeed& need) {
  const std::string hosts = fmt::format("{} {}", need.hosts, need.hosts == 1 ? "host" : "hosts");
  return need.name.empty() ? hosts : fmt::format("{} with {}", escape_terminal(need.name), hosts);
}

std::expected<SubnetNeed, Failure> parse_need(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  const std::string_view name = equals == text.npos ? "" : text.substr(0, equals);
  const auto hosts = parse_whole(equals == text.npos ? text : text.substr(equals + 1));
  if (hosts && *hosts > 0 && *hosts <= UINT64_MAX - 2) {
    return SubnetNeed{std::string(name), *hosts};
  }
  return std::unexpected(Failure(fmt::format("cannot plan for '{}'", escape_terminal(text)),
                                 "it is no number of hosts", "write --hosts office=60,lab=20"));
}

}  // namespace

std::expected<unsigned, Failure> parse_split(std::string_view text, const IpNetwork& whole) {
  const bool is_length = text.starts_with('/');
  const auto number = parse_whole(is_length ? text.substr(1) : text);
  if (!number || (!is_length && *number == 0)) return std::unexpected(bad_split(text));
  const unsigned bits = address_bits(whole.family());
  const std::uint64_t length =
      is_length ? *number
                : whole.prefix_length() + static_cast<unsigned>(std::bit_width(*number - 1));
  if (length < whole.prefix_length() || length > bits) {
    return std::unexpected(
        Failure(fmt::format("cannot split {} by {}", whole.to_string(), escape_terminal(text)),
                length > bits ? "it has not so many addresses" : "it is smaller than that itself",
                fmt::format("its parts have prefixes of /{} to /{}", whole.prefix_length(), bits)));
  }
  if (length - whole.prefix_length() > std::bit_width(k_most_parts) - 1) {
    return std::unexpected(Failure(
        fmt::format("cannot split {} by {}", whole.to_string(), escape_terminal(text)),
        fmt::format("more than {} networks would be printed", k_most_parts), "split a part of it"));
  }
  return static_cast<unsigned>(length);
}

std::vector<IpNetwork> split_network(const IpNetwork& whole, unsigned prefix_length) {
  std::vector<IpNetwork> parts;
  const IpNumber last = number_of(whole.last());
  for (IpNetwork part(whole.first(), prefix_length);;) {
    parts.push_back(part);
    const IpNumber end = number_of(part.last());
    if (end == last) return parts;
    part = IpNetwork(address_of(end + 1, whole.family()), prefix_length);
  }
}

std::expected<std::vector<SubnetNeed>, Failure> parse_needs(std::string_view text) {
  std::vector<SubnetNeed> needs;
  while (needs.size() < k_most_parts) {
    const std::size_t comma = text.find(',');
    auto need = parse_need(text.substr(0, comma));
    if (!need) return std::unexpected(need.error());
    needs.push_back(std::move(*need));
    if (comma == text.npos) return needs;
    text.remove_prefix(comma + 1);
  }
  return std::unexpected(Failure("cannot plan for so many networks",
                                 fmt::format("there may be {} at the most", k_most_parts),
                                 "plan a part of them"));
}

// Each begins where the one before has ended: behind a larger network any smaller one is aligned.
std::expected<SubnetPlan, Failure> plan_subnets(const IpNetwork& whole,
                                                std::vector<SubnetNeed> needs) {
  std::multimap<std::uint64_t, SubnetNeed, std::greater<>> by_size;  // equal ones as they came
  for (SubnetNeed& need : needs) by_size.emplace(need.hosts, std::move(need));
  SubnetPlan plan;
  const IpNumber last = number_of(whole.last());
  std::optional<IpNumber> next = number_of(whole.first());
  std::vector<IpRange> used;
  for (auto& [hosts, need] : by_size) {
    const unsigned bits = address_bits(whole.family());
    const bool is_too_large = whole.family() == Family::v4 && need.hosts > UINT32_MAX - 1;
    const unsigned length = is_too_large ? 0 : prefix_for(need.hosts, whole);
    const bool fits =
        next && !is_too_large && length >= whole.prefix_length() && length <= bits &&
        number_of(IpNetwork(address_of(*next, whole.family()), length).last()) <= last;
    if (!fits) {
      return std::unexpected(
          Failure(fmt::format("cannot find room for {} in {}", describe(need), whole.to_string()),
                  "the larger ones have used it up, or it is larger than the whole",
                  "plan with a larger network, or with fewer hosts"));
    }
    const IpNetwork network(address_of(*next, whole.family()), length);
    used.push_back(network.range());
    const IpNumber end = number_of(network.last());
    next = end == last ? std::nullopt : std::optional(end + 1);
    plan.parts.push_back({std::move(need), network});
  }
  plan.unused = IpSet(std::vector{whole.range()}, used).networks();
  return plan;
}

}  // namespace patchbay
