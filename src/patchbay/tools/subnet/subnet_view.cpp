#include "patchbay/tools/subnet/subnet_view.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/net/special_network.hpp"

namespace patchbay {

namespace {

// A count is told by one less than it, which always has a number.
void add_count(Record& record, const char* key, IpNumber less_one) {
  if (less_one >= UINT64_MAX) {
    record.null(key);
  } else {
    record.count(key, static_cast<std::uint64_t>(less_one) + 1);
  }
}

std::string wildcard(const IpNetwork& network) {
  const IpNumber mask = number_of(network.netmask());
  return address_of(~mask & last_number(network.family()), network.family()).to_string();
}

std::string purpose_of(const SpecialNetwork& special) {
  return fmt::format("{} ({}, {})", special.purpose, special.network, special.source);
}

}  // namespace

Record network_record(const IpNetwork& network) {
  const IpRange hosts = network.hosts();
  const SpecialNetwork* const special = special_network_of(network.first());
  Record record("network");
  record.text("network", network.to_string())
      .text("family", network.family() == Family::v6 ? "ipv6" : "ipv4")
      .count("prefix", network.prefix_length())
      .text("netmask", network.netmask().to_string())
      .text("first", network.first().to_string())
      .text("last", network.last().to_string());
  add_count(record, "addresses", network.range().size_less_one());
  record.text("first_host", hosts.first.to_string()).text("last_host", hosts.last.to_string());
  add_count(record, "hosts", hosts.size_less_one());
  if (network.has_broadcast()) {
    record.text("broadcast", network.last().to_string());
  } else {
    record.null("broadcast");
  }
  const std::string zone = reverse_zone(network);
  if (zone.empty()) {
    record.null("reverse_zone");
  } else {
    record.text("reverse_zone", zone);
  }
  if (special == nullptr) return record.null("purpose");
  return record.text("purpose", special->purpose);
}

std::string hosts_to_string(const IpNetwork& network) {
  const IpRange hosts = network.hosts();
  if (hosts.first == hosts.last) return hosts.first.to_string();
  return hosts.to_string();
}

std::string host_count_to_string(const IpNetwork& network) {
  const unsigned bits = address_bits(network.family()) - network.prefix_length();
  if (bits > 32) return fmt::format("2^{} hosts", bits);
  const IpNumber less_one = network.hosts().size_less_one();
  return fmt::format("{} {}", count_to_string(less_one), less_one == 0 ? "host" : "hosts");
}

std::string network_card(const IpNetwork& network, std::string title) {
  std::string card = std::move(title);
  const auto line = [&card](std::string_view name, std::string_view value) {
    card += fmt::format("\n  {:<10} {}", name, value);
  };
  if (network.family() == Family::v4) {
    line("netmask",
         fmt::format("{}  (wildcard {})", network.netmask().to_string(), wildcard(network)));
  }
  line("hosts", fmt::format("{}  ({})", hosts_to_string(network), host_count_to_string(network)));
  if (network.has_broadcast()) line("broadcast", network.last().to_string());
  if (const std::string zone = reverse_zone(network); !zone.empty()) line("reverse", zone);
  if (const SpecialNetwork* const special = special_network_of(network.first())) {
    line("purpose", purpose_of(*special));
  }
  return card;
}

std::string reverse_zone(const IpNetwork& network) {
  const bool is_v6 = network.family() == Family::v6;
  const unsigned label_bits = is_v6 ? 4 : 8;
  if (network.prefix_length() % label_bits != 0) return {};
  std::string zone = is_v6 ? "ip6.arpa" : "in-addr.arpa";
  const IpNumber number = number_of(network.first());
  for (unsigned bit = label_bits; bit <= network.prefix_length(); bit += label_bits) {
    const auto label = static_cast<unsigned>(number >> (address_bits(network.family()) - bit)) &
                       ((1U << label_bits) - 1);
    zone.insert(0, is_v6 ? fmt::format("{:x}.", label) : fmt::format("{}.", label));
  }
  return zone;
}

}  // namespace patchbay
