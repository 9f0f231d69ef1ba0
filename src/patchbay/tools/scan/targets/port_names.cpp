#include "patchbay/tools/scan/targets/port_names.hpp"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/tools/scan/ports_table.hpp"
#include "patchbay/tools/suggest.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_system_ports = 20'000;
constexpr std::size_t k_longest_system_name = 64;

// What people say, and what IANA says.
constexpr std::pair<std::string_view, std::string_view> k_sayings[] = {
    {"bacnet-ip", "bacnet"},
    {"dnp3", "dnp"},
    {"dns", "domain"},
    {"dns-tls", "domain-s"},
    {"ethernet-ip", "EtherNet-IP-2"},
    {"ike", "isakmp"},
    {"imap4", "imap"},
    {"jetdirect", "pdl-datastream"},
    {"kubernetes", "kube-api"},
    {"memcached", "memcache"},
    {"modbus", "mbap"},
    {"msrpc", "epmap"},
    {"mssql", "ms-sql-s"},
    {"netbios", "netbios-ssn"},
    {"oracle", "oracle-tns"},
    {"portmapper", "sunrpc"},
    {"postgres", "postgresql"},
    {"rabbitmq", "amqp"},
    {"rdp", "ms-wbt-server"},
    {"rpcbind", "sunrpc"},
    {"s7", "iso-tsap"},
    {"smb", "microsoft-ds"},
    {"smtps", "submissions"},
    {"upnp", "ssdp"},
    {"vnc", "rfb"},
    {"winrm-http", "wsman"},
    {"winrm-https", "wsmans"},
};

struct KnownPort {
  ScanPort port;
  std::string_view name;
  unsigned rank = 0;  // 0: not in the list of common ones
  PortCare care = PortCare::none;
};

// A test says that every cell is as it is taken to be here.
KnownPort read_row(const tables::PortsRow& row) {
  KnownPort known;
  const std::size_t slash = row.port.find('/');
  std::from_chars(row.port.data(), row.port.data() + slash, known.port.number);
  known.port.protocol = row.port.ends_with("udp") ? ScanProtocol::udp : ScanProtocol::tcp;
  known.name = row.name;
  std::from_chars(row.rank.data(), row.rank.data() + row.rank.size(), known.rank);
  if (row.care == "printer") known.care = PortCare::printer;
  if (row.care == "industrial") known.care = PortCare::industrial;
  return known;
}

// In the order of ports.
const std::vector<KnownPort>& table() {
  static const std::vector<KnownPort> all = [] {
    std::vector<KnownPort> rows;
    for (const tables::PortsRow& row : tables::k_ports) rows.push_back(read_row(row));
    std::ranges::sort(rows, {}, &KnownPort::port);
    return rows;
  }();
  return all;
}

const KnownPort* find_known(const ScanPort& port) {
  const auto found = std::ranges::lower_bound(table(), port, {}, &KnownPort::port);
  return found == table().end() || found->port != port ? nullptr : &*found;
}

// The names that this system has for a port, the official one first.
using SystemNames = std::map<ScanPort, std::vector<std::string>>;

void add_system_entry(const servent& entry, SystemNames& names) {
  const std::string_view protocol = entry.s_proto;
  if (protocol != "tcp" && protocol != "udp") return;
  const ScanPort port{protocol == "udp" ? ScanProtocol::udp : ScanProtocol::tcp,
                      ntohs(static_cast<std::uint16_t>(entry.s_port))};
  const auto add = [&](std::string_view name) {
    if (name.empty() || name.size() > k_longest_system_name) return;
    if (std::ranges::all_of(name, is_ascii_visible)) names[port].emplace_back(name);
  };
  add(entry.s_name);
  for (char** alias = entry.s_aliases; *alias != nullptr; ++alias) add(*alias);
}

// Once and whole: getservbyport_r() would read the file from its beginning for each of 65,535
// ports.
const SystemNames& system_names() {
  static const SystemNames all = [] {
    SystemNames names;
    std::array<char, 8192> buffer;
    servent entry{};
    servent* found = nullptr;
    ::setservent(1);
    while (names.size() < k_most_system_ports &&
           ::getservent_r(&entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
      add_system_entry(*found, names);
    }
    ::endservent();
    return names;
  }();
  return all;
}

std::vector<ScanPort> read_common(ScanProtocol protocol) {
  std::vector<KnownPort> ranked;
  for (const KnownPort& known : table()) {
    if (known.rank > 0 && known.port.protocol == protocol) ranked.push_back(known);
  }
  std::ranges::sort(ranked, {}, &KnownPort::rank);
  std::vector<ScanPort> ports;
  for (const KnownPort& known : ranked) ports.push_back(known.port);
  return ports;
}

}  // namespace

std::string_view service_name(const ScanPort& port) {
  if (const KnownPort* const known = find_known(port)) return known->name;
  const auto found = system_names().find(port);
  return found == system_names().end() ? std::string_view() : found->second.front();
}

std::vector<ScanPort> ports_named(std::string_view name) {
  for (const auto& [saying, official] : k_sayings) {
    if (equal_ignoring_case(saying, name)) name = official;
  }
  std::vector<ScanPort> ports;
  for (const KnownPort& known : table()) {
    if (equal_ignoring_case(known.name, name)) ports.push_back(known.port);
  }
  if (!ports.empty()) return ports;
  for (const auto& [port, names] : system_names()) {
    const bool has_it = std::ranges::any_of(
        names, [name](const std::string& other) { return equal_ignoring_case(other, name); });
    if (has_it) ports.push_back(port);
  }
  return ports;
}

std::string nearest_port_name(std::string_view name) {
  std::vector<std::string> names;
  for (const KnownPort& known : table()) names.emplace_back(known.name);
  for (const auto& saying : k_sayings) names.emplace_back(saying.first);
  return nearest(name, names);
}

PortCare care_of(const ScanPort& port) {
  const KnownPort* const known = find_known(port);
  return known == nullptr ? PortCare::none : known->care;
}

const std::vector<ScanPort>& common_ports(ScanProtocol protocol) {
  static const std::vector<ScanPort> tcp = read_common(ScanProtocol::tcp);
  static const std::vector<ScanPort> udp = read_common(ScanProtocol::udp);
  static const std::vector<ScanPort> none;
  if (protocol == ScanProtocol::tcp) return tcp;
  return protocol == ScanProtocol::udp ? udp : none;
}

std::vector<ScanPort> known_ports(ScanProtocol protocol) {
  std::vector<ScanPort> ports;
  for (const KnownPort& known : table()) {
    if (known.port.protocol == protocol) ports.push_back(known.port);
  }
  return ports;
}

}  // namespace patchbay
