#include "patchbay/tools/chat/chat_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"
#include "patchbay/tools/listen_on.hpp"
#include "patchbay/tools/read_file.hpp"

namespace patchbay {

namespace {

constexpr std::uint16_t k_lines_port = 6000;
constexpr std::uint16_t k_irc_port = 6667;
constexpr std::uint16_t k_ircs_port = 6697;
constexpr std::uint16_t k_web_port = 8080;

constexpr std::size_t k_most_motd_bytes = 64 * 1024;
constexpr std::size_t k_motd_line_bytes = 400;

using Added = std::expected<void, Failure>;

Added add_doors(ChatDoor door, const std::vector<std::string>& places, std::uint16_t port,
                std::vector<ChatAddress>& into) {
  for (const std::string& place : places) {
    const auto where = parse_listen(place, {.host = "127.0.0.1", .port = port});
    if (!where) return std::unexpected(where.error());
    const auto endpoints = listen_endpoints(*where);
    if (!endpoints) return std::unexpected(Failure(endpoints.error()));
    for (const Endpoint& endpoint : *endpoints) into.push_back({door, endpoint});
  }
  return {};
}

Added read_motd(const std::string& path, std::vector<std::string>& into) {
  if (path.empty()) return {};
  const auto text = read_whole_file(path, k_most_motd_bytes);
  if (!text) return std::unexpected(text.error());
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    into.push_back(clean_chat_text(line, k_motd_line_bytes));
  }
  return {};
}

Added check_rooms(const ChatSettings& settings) {
  std::vector<std::string> names = settings.lasting_rooms;
  names.push_back(settings.lobby);
  for (const std::string& name : names) {
    const char* const why = why_no_room_name(name, settings.limits.room_length);
    if (why == nullptr) continue;
    return std::unexpected(Failure(fmt::format("'{}' cannot be a room", escape_terminal(name)), why,
                                   "a room is written as #lobby"));
  }
  return {};
}

bool has_door(const ChatPlan& plan, ChatDoor door) {
  return std::ranges::find(plan.addresses, door, &ChatAddress::door) != plan.addresses.end();
}

}  // namespace

std::expected<ChatPlan, Failure> make_chat_plan(ChatServeOptions options) {
  ChatServeOptions& o = options;
  if (o.lines.empty() && o.irc.empty() && o.ircs.empty() && o.web.empty()) {
    o.lines = {std::to_string(k_lines_port)};
    o.irc = {std::to_string(k_irc_port)};
    o.web = {std::to_string(k_web_port)};
  }
  ChatPlan plan;
  for (const Added& added : {add_doors(ChatDoor::lines, o.lines, k_lines_port, plan.addresses),
                             add_doors(ChatDoor::irc, o.irc, k_irc_port, plan.addresses),
                             add_doors(ChatDoor::ircs, o.ircs, k_ircs_port, plan.addresses),
                             add_doors(ChatDoor::web, o.web, k_web_port, plan.addresses),
                             read_motd(o.motd_file, o.settings.motd), check_rooms(o.settings)}) {
    if (!added) return std::unexpected(added.error());
  }
  plan.db = o.db;
  plan.tls_cert = o.tls_cert;
  plan.tls_key = o.tls_key;
  plan.tls_self = o.tls_self;
  if (has_door(plan, ChatDoor::ircs) && plan.tls_cert.empty() && !plan.tls_self) {
    return std::unexpected(Failure("a door with TLS needs a certificate",
                                   "--ircs is given, and neither --tls-cert nor --tls-self",
                                   "add --tls-cert FILE --tls-key FILE, or --tls-self"));
  }
  if (o.sts) {
    o.settings.sts_seconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(*o.sts).count());
    const auto ircs = std::ranges::find(plan.addresses, ChatDoor::ircs, &ChatAddress::door);
    if (ircs == plan.addresses.end()) {
      return std::unexpected(Failure("'sts' needs a door with TLS", "it sends all clients there",
                                     "add ircs = [\"6697\"] and a certificate"));
    }
    o.settings.sts_port = ircs->endpoint.port();
  }
  plan.settings = std::make_shared<const ChatSettings>(std::move(o.settings));
  return plan;
}

std::optional<Failure> why_chat_restart(const ChatPlan& old, const ChatPlan& next) {
  const auto same = [](const ChatAddress& a, const ChatAddress& b) {
    return a.door == b.door && a.endpoint == b.endpoint;
  };
  const char* what = nullptr;
  if (!std::ranges::equal(old.addresses, next.addresses, same)) what = "the doors";
  if (old.db != next.db) what = "the database";
  if (old.tls_self != next.tls_self) what = "tls-self";
  if (what == nullptr) return std::nullopt;
  return Failure(fmt::format("{} cannot be changed while the server runs", what),
                 "they are opened when it begins", "stop it and start it again");
}

}  // namespace patchbay
