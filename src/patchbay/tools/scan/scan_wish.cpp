#include "patchbay/tools/scan/scan_wish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/read_file.hpp"
#include "patchbay/tools/suggest.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_checkpoint_bytes = std::size_t{1} << 30;

std::expected<std::optional<TcpMethod>, Failure> method_of(const ScanFlags& flags) {
  std::vector<TcpMethod> methods;
  if (flags.connect) methods.push_back(TcpMethod::connect);
  if (flags.syn) methods.push_back(TcpMethod::syn);
  if (flags.ack) methods.push_back(TcpMethod::ack);
  if (flags.fin) methods.push_back(TcpMethod::fin);
  if (flags.null) methods.push_back(TcpMethod::null);
  if (flags.xmas) methods.push_back(TcpMethod::xmas);
  if (methods.size() > 1) {
    return std::unexpected(Failure(
        fmt::format("TCP is asked by {} or by {}", name_of(methods[0]), name_of(methods[1])),
        "each gives ports other states", "two scans, one after the other"));
  }
  const bool by_packets = !methods.empty() && methods[0] != TcpMethod::connect;
  if (flags.engine == ScanEngine::connect && by_packets) {
    return std::unexpected(
        Failure(fmt::format("--engine connect cannot ask by {}", name_of(methods[0])),
                "the kernel makes no such packets for us", "--engine packet"));
  }
  if (!methods.empty()) return methods[0];
  if (flags.engine == ScanEngine::connect) return TcpMethod::connect;
  if (flags.engine == ScanEngine::packet) return TcpMethod::syn;
  return std::nullopt;
}

// Whoever asks for a protocol and names no port of it has missed a letter.
std::expected<void, Failure> check_protocol(ScanProtocol protocol, const PortList& list) {
  const auto is_of_it = [&](const ScanPort& port) { return port.protocol == protocol; };
  if (std::ranges::any_of(list.ports, is_of_it)) return {};
  const bool is_udp = protocol == ScanProtocol::udp;
  return std::unexpected(
      Failure(fmt::format("{} has no ports to ask", is_udp ? "--udp" : "a scan of TCP"),
              fmt::format("those that are named are all of {}", is_udp ? "TCP" : "UDP"),
              is_udp ? "-p U:53, or no --udp" : "-p T:80, or only --udp"));
}

std::expected<PortList, Failure> ports_of(const ScanFlags& flags) {
  if (flags.hosts_only) return PortList();
  const bool named =
      flags.connect || flags.syn || flags.ack || flags.fin || flags.null || flags.xmas;
  auto list = make_port_list({.tcp = named || !flags.udp,
                              .udp = flags.udp,
                              .ports = flags.ports,
                              .top = flags.top_ports,
                              .fast = flags.fast,
                              .exclude = flags.exclude_ports});
  for (const ScanProtocol protocol : {ScanProtocol::tcp, ScanProtocol::udp}) {
    const bool is_wanted = protocol == ScanProtocol::udp ? flags.udp : named;
    if (!list || !is_wanted) continue;
    if (auto has = check_protocol(protocol, *list); !has) return std::unexpected(has.error());
  }
  return list;
}

// Whoever asks for more wants to know what is open, and not who is there.
constexpr std::size_t k_most_discovery_ports = 100;

std::expected<std::vector<std::uint16_t>, Failure> discovery_ports(
    std::string_view flag, const std::optional<std::string>& text, ScanProtocol protocol) {
  std::vector<std::uint16_t> numbers;
  if (!text) return numbers;
  const bool is_udp = protocol == ScanProtocol::udp;
  const auto list = make_port_list({.tcp = !is_udp, .udp = is_udp, .ports = *text});
  if (!list) return std::unexpected(list.error());
  for (const ScanPort& port : list->ports) {
    if (port.protocol != protocol) {
      return std::unexpected(
          Failure(fmt::format("{} asks no ports of {}", flag, is_udp ? "TCP" : "UDP"),
                  fmt::format("they are named in '{}'", escape_terminal(*text)),
                  is_udp ? "--ping-syn for those of TCP" : "--ping-udp for those"));
    }
    numbers.push_back(port.number);
  }
  if (numbers.size() <= k_most_discovery_ports) return numbers;
  return std::unexpected(
      Failure(fmt::format("{} asks {} ports at the most", flag, k_most_discovery_ports),
              "one that is answered is enough to know that a host is there",
              "-p for the ports that are to be scanned"));
}

std::expected<DiscoveryKinds, Failure> discovery_of(const ScanFlags& flags) {
  DiscoveryKinds kinds{.echo = flags.ping_echo, .neighbour = flags.ping_neighbour};
  auto syn = discovery_ports("--ping-syn", flags.ping_syn, ScanProtocol::tcp);
  if (!syn) return std::unexpected(syn.error());
  auto ack = discovery_ports("--ping-ack", flags.ping_ack, ScanProtocol::tcp);
  if (!ack) return std::unexpected(ack.error());
  auto udp = discovery_ports("--ping-udp", flags.ping_udp, ScanProtocol::udp);
  if (!udp) return std::unexpected(udp.error());
  kinds.syn = std::move(*syn);
  kinds.ack = std::move(*ack);
  kinds.udp = std::move(*udp);
  return kinds;
}

std::expected<ScanWayOut, Failure> way_of(const ScanFlags& flags,
                                          const std::vector<Interface>& interfaces) {
  ScanWayOut way{.interface = flags.interface.value_or(""),
                 .source_port = flags.source_port.value_or(0),
                 .hop_limit = static_cast<std::uint8_t>(flags.ttl.value_or(64))};
  if (flags.interface) {
    const auto found = std::ranges::find(interfaces, *flags.interface, &Interface::name);
    if (found == interfaces.end()) {
      std::vector<std::string> names;
      for (const Interface& interface : interfaces) names.push_back(interface.name);
      const std::string near = nearest(*flags.interface, names);
      return std::unexpected(
          Failure(fmt::format("there is no interface '{}'", escape_terminal(*flags.interface)),
                  near.empty() ? "" : fmt::format("the nearest is '{}'", near),
                  near.empty() ? "patchbay doctor" : "-e " + near));
    }
    way.interface_index = found->index;
  }
  if (!flags.source) return way;
  const auto source = IpAddress::parse(*flags.source);
  if (!source) return std::unexpected(Failure(source.error()));
  way.source = *source;
  return way;
}

ScanAims aims_of(const ScanFlags& flags) {
  ScanAims aims{.hosts_only = flags.hosts_only,
                .resolve = flags.resolve,
                .exclude_ports = flags.exclude_ports};
  if (flags.services) {
    aims.services = {.intensity = flags.version_intensity, .allow_ot = flags.allow_ot};
  }
  return aims;
}

std::expected<ResumeFile, Failure> resume_file_at(const std::string& path) {
  const auto text = read_whole_file(path, k_most_checkpoint_bytes);
  if (!text) return std::unexpected(text.error());
  auto file = ResumeFile::parse(*text);
  if (!file) file.error().what = fmt::format("cannot go on with {}", escape_terminal(path));
  return file;
}

// What the earlier scan aimed at, and what is asked for beside it now.
std::expected<ScanAims, Failure> aims_together(const ScanAims& earlier, const ScanFlags& flags) {
  if (flags.hosts_only && !earlier.hosts_only) {
    return std::unexpected(Failure("--hosts-only asks no ports",
                                   "the scan that --resume goes on with does",
                                   "leave --hosts-only out"));
  }
  if (earlier.hosts_only && flags.services) {
    return std::unexpected(Failure("the scan that --resume goes on with asks no ports",
                                   "--services needs open ones", "a scan of its own"));
  }
  const ScanAims now = aims_of(flags);
  ScanAims aims = earlier;
  aims.resolve = (earlier.resolve || now.resolve) && !flags.numeric;
  if (now.services) aims.services = now.services;
  return aims;
}

// "22", "22,80-90", as no host is called.
bool looks_like_ports(std::string_view word) {
  return word.find_first_of("0123456789") == 0 &&
         word.find_first_not_of("0123456789,-") == std::string_view::npos;
}

// "-PS 22": the ports that belong to it are taken for a target.
std::expected<void, Failure> check_ping_ports(const ScanFlags& flags) {
  const auto ports = std::ranges::find_if(flags.targets, looks_like_ports);
  if (ports == flags.targets.end()) return {};
  std::string_view flag;
  if (flags.ping_udp) flag = "-PU";
  if (flags.ping_ack) flag = "-PA";
  if (flags.ping_syn) flag = "-PS";
  if (flag.empty()) return {};
  return std::unexpected(Failure(fmt::format("'{}' is no target", *ports),
                                 fmt::format("the ports of {} stand right behind it", flag),
                                 fmt::format("{}{}, without a blank", flag, *ports)));
}

bool says_targets(const ScanFlags& flags) { return !flags.targets.empty() || flags.input_list; }

std::expected<void, Failure> check_together(const ScanFlags& flags) {
  if (!flags.resume && !says_targets(flags)) {
    return std::unexpected(
        Failure("there is nobody to scan", "no TARGET is given", "patchbay scan 127.0.0.1"));
  }
  if (flags.resume && (says_targets(flags) || flags.ports || flags.fast || flags.top_ports)) {
    return std::unexpected(Failure("--resume goes on with the targets and ports of its file",
                                   "others are given beside it", "either of them alone"));
  }
  if (flags.hosts_only && flags.services) {
    return std::unexpected(
        Failure("--hosts-only asks no ports", "--services needs open ones", "one of the two"));
  }
  return check_ping_ports(flags);
}

}  // namespace

std::expected<ScanShard, Failure> parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  std::uint32_t part = 0;
  std::uint32_t parts = 0;
  if (slash != std::string_view::npos) {
    const auto read = [](std::string_view word, std::uint32_t& into) {
      const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), into);
      return fault == std::errc() && end == word.data() + word.size();
    };
    if (read(text.substr(0, slash), part) && read(text.substr(slash + 1), parts) && part >= 1 &&
        part <= parts && parts <= 65'536) {
      return ScanShard{.index = part - 1, .count = parts};
    }
  }
  return std::unexpected(Failure(fmt::format("'{}' is no part of a whole", escape_terminal(text)),
                                 "it is K/N: the K-th of N, which are 65,536 at most",
                                 "--shard 1/4"));
}

std::expected<ScanWish, Failure> read_scan_flags(const ScanFlags& flags,
                                                 const std::vector<Interface>& interfaces) {
  if (auto fits = check_together(flags); !fits) return std::unexpected(fits.error());
  ScanWish wish;
  auto method = method_of(flags);
  if (!method) return std::unexpected(method.error());
  wish.method = *method;
  auto way = way_of(flags, interfaces);
  if (!way) return std::unexpected(way.error());
  wish.way = std::move(*way);
  if (flags.v4) wish.family = Family::v4;
  if (flags.v6) wish.family = Family::v6;
  if (flags.shard) {
    const auto shard = parse_shard(*flags.shard);
    if (!shard) return std::unexpected(shard.error());
    wish.shard = *shard;
  }
  if (flags.resume) {
    auto file = resume_file_at(*flags.resume);
    if (!file) return std::unexpected(file.error());
    auto aims = aims_together(file->aims, flags);
    if (!aims) return std::unexpected(aims.error());
    wish.aims = std::move(*aims);
    wish.resumed = std::move(*file);
    return wish;
  }
  wish.aims = aims_of(flags);
  auto ports = ports_of(flags);
  if (!ports) return std::unexpected(ports.error());
  wish.ports = std::move(*ports);
  auto discovery = discovery_of(flags);
  if (!discovery) return std::unexpected(discovery.error());
  wish.discovery = std::move(*discovery);
  if (flags.shard && wish.discovery.any() && !flags.hosts_only) {
    return std::unexpected(Failure("--shard never looks first who is there",
                                   "parts go together only where all have the same hosts",
                                   "find the hosts with -sn, and name them to every part"));
  }
  return wish;
}

}  // namespace patchbay
