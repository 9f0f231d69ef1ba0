#include "patchbay/tools/subnet/subnet_cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/net/ip_set.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/subnet/subnet_plan.hpp"
#include "patchbay/tools/subnet/subnet_view.hpp"

namespace patchbay {

namespace {

struct SubnetFlags {
  std::vector<std::string> networks;
  std::optional<std::string> split;
  std::optional<std::string> hosts;
  std::vector<std::string> contains;
  std::vector<std::string> exclude;
  bool merge = false;
};

using Ranges = std::expected<std::vector<IpRange>, Failure>;

Ranges parse_ranges(const std::vector<std::string>& texts) {
  std::vector<IpRange> ranges;
  for (const std::string& text : texts) {
    const auto range = IpRange::parse(text);
    if (!range) return std::unexpected(Failure(range.error()));
    ranges.push_back(*range);
  }
  return ranges;
}

void print_card(const IpNetwork& network, Output& out) {
  const std::string title = out.style(Tone::bold, network.to_string());
  out.emit(network_record(network), network_card(network, title));
}

// One of many.
void print_line(const IpNetwork& network, Output& out) {
  out.emit(network_record(network),
           fmt::format("{:<20} {:<33} {}", network.to_string(), hosts_to_string(network),
                       host_count_to_string(network)));
}

void print_networks(const std::vector<IpNetwork>& networks, Output& out) {
  for (const IpNetwork& network : networks) {
    if (out.gone()) return;
    print_line(network, out);
  }
}

// A network is told with all that there is to know of it, a range by what it is made of.
int show(const std::vector<IpRange>& ranges, Output& out) {
  for (const IpRange& range : ranges) {
    const auto networks = networks_of(range);
    if (!out.json() && &range != &ranges.front()) out.print("\n");
    if (networks.size() == 1) {
      print_card(networks.front(), out);
    } else {
      print_networks(networks, out);
    }
  }
  return exit_ok;
}

int merge(const std::vector<IpRange>& ranges, const SubnetFlags& flags, Output& out) {
  const auto excluded = parse_ranges(flags.exclude);
  if (!excluded) return out.fail(excluded.error(), exit_usage);
  print_networks(IpSet(ranges, *excluded).networks(), out);
  return exit_ok;
}

int split(const std::vector<IpRange>& ranges, const std::string& by, Output& out) {
  for (const IpRange& range : ranges) {
    for (const IpNetwork& network : networks_of(range)) {
      const auto length = parse_split(by, network);
      if (!length) return out.fail(length.error(), exit_usage);
      print_networks(split_network(network, *length), out);
    }
  }
  return exit_ok;
}

void print_part(const SubnetPart& part, std::size_t name_width, Output& out) {
  Record record = network_record(part.network);
  if (!part.need.name.empty()) record.text("name", part.need.name);
  record.count("needed_hosts", part.need.hosts).flag("unused", false);
  std::string line;
  if (name_width > 0) line = fmt::format("{:<{}} ", escape_terminal(part.need.name), name_width);
  line += fmt::format("{:<20} {:<33} {}, {} needed", part.network.to_string(),
                      hosts_to_string(part.network), host_count_to_string(part.network),
                      part.need.hosts);
  out.emit(record, line);
}

int plan(const std::vector<IpRange>& ranges, const std::string& hosts, Output& out) {
  const auto networks = networks_of(ranges.front());
  if (ranges.size() != 1 || networks.size() != 1) {
    return out.fail(
        Failure("cannot plan in more than one network",
                "--hosts parts one network, and a range is several", "name one, as in 10.0.0.0/24"),
        exit_usage);
  }
  auto needs = parse_needs(hosts);
  if (!needs) return out.fail(needs.error(), exit_usage);
  const auto planned = plan_subnets(networks.front(), std::move(*needs));
  if (!planned) return out.fail(planned.error());
  std::size_t name_width = 0;
  for (const SubnetPart& part : planned->parts) {
    name_width = std::max(name_width, escape_terminal(part.need.name).size());
  }
  for (const SubnetPart& part : planned->parts) print_part(part, name_width, out);
  for (const IpNetwork& network : planned->unused) {
    const std::string gap = name_width > 0 ? std::string(name_width + 1, ' ') : "";
    out.emit(network_record(network).flag("unused", true),
             fmt::format("{}{}", gap,
                         out.style(Tone::dim, fmt::format("{:<20} unused", network.to_string()))));
  }
  return exit_ok;
}

// The smallest of the ranges that the address is in.
const IpRange* smallest_around(const IpAddress& address, const std::vector<IpRange>& ranges) {
  const IpRange* smallest = nullptr;
  for (const IpRange& range : ranges) {
    if (!range.contains(address)) continue;
    if (smallest == nullptr || range.size_less_one() < smallest->size_less_one()) smallest = &range;
  }
  return smallest;
}

std::string name_of(const IpRange& range) {
  const auto networks = networks_of(range);
  return networks.size() == 1 ? networks.front().to_string() : range.to_string();
}

int find(const std::vector<IpRange>& ranges, const std::vector<std::string>& texts, Output& out) {
  bool all = true;
  for (const std::string& text : texts) {
    const auto address = IpAddress::parse(text);
    if (!address) return out.fail(Failure(address.error()), exit_usage);
    const IpRange* const around = smallest_around(*address, ranges);
    Record record("address");
    record.text("address", address->to_string());
    if (around == nullptr) {
      all = false;
      out.emit(record.null("network"), fmt::format("{} is in none of them", address->to_string()));
      continue;
    }
    out.emit(record.text("network", name_of(*around)),
             fmt::format("{} is in {}", address->to_string(), name_of(*around)));
  }
  return all ? exit_ok : exit_condition;
}

int run_subnet(const SubnetFlags& flags, Output& out) {
  const auto ranges = parse_ranges(flags.networks);
  if (!ranges) return out.fail(ranges.error(), exit_usage);
  if (!flags.contains.empty()) return find(*ranges, flags.contains, out);
  if (flags.hosts) return plan(*ranges, *flags.hosts, out);
  if (flags.split) return split(*ranges, *flags.split, out);
  if (flags.merge || !flags.exclude.empty()) return merge(*ranges, flags, out);
  return show(*ranges, out);
}

}  // namespace

void declare_subnet(Command& patchbay) {
  auto [subnet, o] = patchbay.add("subnet", "tell networks, part them, merge them", run_subnet);
  subnet.argument("NET…", text(o.networks),
                  "10.0.0.0/24, 10.0.0.0/255.255.255.0, 10.0.0.10-40, 2001:db8::/32");
  subnet
      .flag("--split PARTS", text(o.split),
            "into so many equal parts or more, or of this length (/26)")
      .excludes("hosts")
      .excludes("contains")
      .excludes("merge")
      .excludes("exclude")
      .not_a_setting();
  subnet.flag("--hosts LIST", text(o.hosts), "a part for each: 60,20,10 or office=60,lab=20")
      .excludes("contains")
      .excludes("merge")
      .excludes("exclude")
      .not_a_setting();
  subnet.flag("--contains ADDR", text(o.contains), "which of them is this address in")
      .excludes("merge")
      .excludes("exclude")
      .not_a_setting();
  subnet.flag("--merge", toggle(o.merge), "the fewest networks that are together the same")
      .not_a_setting();
  subnet.flag("--exclude NET", text(o.exclude), "likewise, without this").not_a_setting();
  subnet.example("patchbay subnet 192.168.10.77/26", "mask, hosts, broadcast, reverse zone");
  subnet.example("patchbay subnet 10.0.0.0/16 --split 6", "eight parts, since six have no length");
  subnet.example("patchbay subnet 10.0.0.0/24 --hosts office=60,lab=20,link=2",
                 "the smallest for each");
  subnet.example("patchbay subnet 10.0.0.0/8 --exclude 10.1.0.0/16", "all but a part, as networks");
  subnet.exit_code(exit_condition, "an address of --contains is in none of them");
  subnet.describe(
      "Tells what networks are and parts them. Nothing is asked and nothing is sent.\n\n"
      "A network is an address with the length of its prefix or with its mask; what is behind the "
      "prefix may be anything. A range is written with a dash and becomes the fewest networks that "
      "are the same.\n\n"
      "--hosts gives each need the smallest network that has room for it and for the two addresses "
      "that IPv4 keeps for itself, the largest first; one host alone is a /32. In IPv6 each gets a "
      "/64.");
}

}  // namespace patchbay
