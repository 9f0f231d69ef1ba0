#include "patchbay/net/special_network.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "patchbay/net/special_networks_table.hpp"

namespace patchbay {

namespace {

constexpr std::array<std::pair<std::string_view, Reach>, 6> k_reaches = {{
    {"global", Reach::global},
    {"site", Reach::site},
    {"link", Reach::link},
    {"host", Reach::host},
    {"none", Reach::none},
    {"group", Reach::group},
}};

using Entry = std::pair<IpNetwork, SpecialNetwork>;

std::vector<Entry> read_table() {
  std::vector<Entry> entries;
  for (const auto& row : tables::k_special_networks) {
    const auto network = IpNetwork::parse(row.network);
    const auto reach = std::ranges::find(k_reaches, row.reach, [](auto& one) { return one.first; });
    if (!network || reach == k_reaches.end()) continue;  // a test says that there is none
    entries.emplace_back(*network,
                         SpecialNetwork{row.network, reach->second, row.purpose, row.source});
  }
  std::ranges::sort(entries, std::greater(),
                    [](const Entry& entry) { return entry.first.prefix_length(); });
  return entries;
}

const std::vector<Entry>& table() {
  static const std::vector<Entry> entries = read_table();
  return entries;
}

}  // namespace

std::vector<SpecialNetwork> special_networks() {
  std::vector<SpecialNetwork> all;
  for (const auto& [network, special] : table()) all.push_back(special);
  return all;
}

const SpecialNetwork* special_network_of(const IpAddress& address) {
  for (const auto& [network, special] : table()) {
    if (network.contains(address)) return &special;
  }
  return nullptr;
}

Reach reach_of(const IpAddress& address) {
  const SpecialNetwork* const special = special_network_of(address);
  return special != nullptr ? special->reach : Reach::global;
}

}  // namespace patchbay
