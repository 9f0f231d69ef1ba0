#include "patchbay/tools/port_holder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text, int base) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value, base);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return value;
}

// "0100007F:1388" or four times as many digits before the colon: the kernel prints each word of the
// address as this machine reads it, and the port in order (proc(5)).
std::optional<Endpoint> parse_local(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1), 16);
  std::uint32_t words[4] = {};
  for (std::size_t i = 0; i < colon / 8; ++i) {
    const auto word = parse_number<std::uint32_t>(text.substr(i * 8, 8), 16);
    if (!word) return std::nullopt;
    words[i] = *word;
  }
  if (!port) return std::nullopt;
  if (colon == 8) return Endpoint(IpAddress(in_addr{words[0]}), *port);
  in6_addr address{};
  std::memcpy(&address, words, sizeof address);
  return Endpoint(IpAddress(address), *port);
}

bool in_the_way(const Endpoint& held, const Endpoint& wanted) {
  if (held.port() != wanted.port()) return false;
  return held.address().is_any() || wanted.address().is_any() || held.address() == wanted.address();
}

// The inode of the socket in the way, from one of the kernel's tables. Every UDP socket counts, of
// TCP those that listen.
std::optional<std::uint64_t> find_inode(const char* table, Transport transport,
                                        const Endpoint& wanted) {
  constexpr std::string_view listening = "0A";
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);  // the headings
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
        timeout >> inode;
    if (transport == Transport::tcp && state != listening) continue;
    const auto held = parse_local(local);
    if (held && in_the_way(*held, wanted)) return parse_number<std::uint64_t>(inode, 10);
  }
  return std::nullopt;
}

bool holds(const std::filesystem::path& process, const std::string& socket) {
  std::error_code fault;
  std::filesystem::directory_iterator open(process / "fd", fault);
  for (; !fault && open != std::filesystem::directory_iterator(); open.increment(fault)) {
    std::error_code gone;
    if (std::filesystem::read_symlink(open->path(), gone) == socket) return true;
  }
  return false;
}

std::string program_with(std::uint64_t inode) {
  const std::string socket = fmt::format("socket:[{}]", inode);
  std::error_code fault;
  std::filesystem::directory_iterator processes("/proc", fault);
  for (; !fault && processes != std::filesystem::directory_iterator(); processes.increment(fault)) {
    const std::string pid = processes->path().filename();
    if (!parse_number<int>(pid, 10) || !holds(processes->path(), socket)) continue;
    std::ifstream file(processes->path() / "comm");
    std::string name;
    std::getline(file, name);
    return fmt::format("{} (pid {})", escape_terminal(name), pid);
  }
  return {};
}

Failure explain_in_use(Failure failure, Transport transport, const Endpoint& wanted,
                       std::string_view command) {
  const std::string holder = port_holder(transport, wanted);
  failure.why = holder.empty() ? "the port is in use, by a program that this user may not look into"
                               : fmt::format("the port is in use: held by {}", holder);
  failure.remedy = fmt::format("stop that program, or let the kernel choose a port: {} 0", command);
  if (holder.empty()) {
    failure.remedy += fmt::format("; see who it is with: sudo ss -{}lpn sport = :{}",
                                  transport == Transport::tcp ? 't' : 'u', wanted.port());
  }
  return failure;
}

}  // namespace

std::string port_holder(Transport transport, const Endpoint& wanted) {
  const bool tcp = transport == Transport::tcp;
  for (const char* table : {tcp ? "/proc/net/tcp" : "/proc/net/udp",  //
                            tcp ? "/proc/net/tcp6" : "/proc/net/udp6"}) {
    const auto inode = find_inode(table, transport, wanted);
    if (!inode) continue;
    const std::string program = program_with(*inode);
    if (!program.empty()) return program;
  }
  return {};
}

Failure explain_bind(const Error& error, Transport transport, const Endpoint& wanted,
                     std::string_view command) {
  Failure failure(error);
  failure.what = fmt::format("cannot listen on {}", wanted.to_string());
  switch (error.code()) {
    case EADDRINUSE: return explain_in_use(std::move(failure), transport, wanted, command);
    case EACCES:
      failure.why = fmt::format("port {} is a privileged one, and this program has no right to it",
                                wanted.port());
      failure.remedy = fmt::format(
          "sudo setcap cap_net_bind_service=+ep \"$(command -v patchbay)\", or sudo sysctl "
          "net.ipv4.ip_unprivileged_port_start={}, or a port from 1024 up",
          wanted.port());
      return failure;
    case EADDRNOTAVAIL:
      failure.remedy = "see this host's addresses with: ip address";
      if (wanted.family() == Family::v6) {
        failure.remedy += "; an IPv6 address with a port is written [::1]:5000";
      }
      return failure;
    default: return failure;
  }
}

}  // namespace patchbay
