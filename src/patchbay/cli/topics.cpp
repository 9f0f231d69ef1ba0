#include "patchbay/cli/topics.hpp"

#include <fmt/format.h>

#include "patchbay/cli/layout.hpp"
#include "patchbay/cli/settings.hpp"

namespace patchbay {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t widest = 46;

template <class Visit>
void for_each_command(const Command& command, const Visit& visit) {
  visit(command);
  for (const Command& below : command.commands()) for_each_command(below, visit);
}

std::string exit_codes_page(const Command& root, const PageStyle& style) {
  Rows rows;
  for (const SharedExitCode& shared : shared_exit_codes()) {
    rows.emplace_back(std::to_string(shared.code), shared.about);
  }
  std::string page = style.heading("Exit codes of every command") + '\n';
  page += two_columns(rows, style.columns, widest);
  Rows own;
  for_each_command(root, [&](const Command& command) {
    for (const OwnExitCode& code : command.exit_codes()) {
      own.emplace_back(fmt::format("{} {}", code.code, command.path()), code.about);
    }
  });
  if (own.empty()) return page;
  return page + '\n' + style.heading("And of some") + '\n' +
         two_columns(own, style.columns, widest);
}

std::string environment_page(const Command& root, const PageStyle& style) {
  std::string page = style.heading("Variables that every command reads") + '\n';
  page +=
      two_columns({{"NO_COLOR", "no colour, unless --color says otherwise"},
                   {"CLICOLOR_FORCE", "colour also in a pipe, unless it is 0 or NO_COLOR is set"},
                   {"TERM", "`dumb` means no colour and no progress line"},
                   {"XDG_CONFIG_HOME, HOME", "where config.toml is looked for"}},
                  style.columns, widest);
  page += '\n' + style.heading("One variable for each flag") + '\n';
  page += wrapped(
      "A toggle takes true or false. A flag that may be repeated takes its values with commas "
      "between them. An empty variable counts as unset.",
      style.columns, 2);
  Rows rows;
  for_each_command(root, [&](const Command& command) {
    for (const Flag& flag : command.flags()) {
      if (flag.in_settings) rows.emplace_back(variable_of(command, flag), flag.help);
    }
  });
  return page + '\n' + two_columns(rows, style.columns, widest);
}

std::string formats_page(const Command&, const PageStyle& style) {
  std::string page = style.heading("Values on the command line") + '\n';
  page += two_columns({{"TIME", "10s, 250ms, 1.5h, 1m30s; a unit is needed: ns us ms s m h d"},
                       {"SIZE", "4096, 64KiB (65,536 bytes), 64KB (64,000 bytes), 1.5MiB"},
                       {"RATE", "100Mbit/s, 1.5Gbit/s; with a capital B bytes: 10MB/s"},
                       {"R", "500, 10k/s, 1.5M/s, 30/min: so many a second, or a minute"},
                       {"SHARE", "1%, 0.5%; a sign is needed"},
                       {"HOST:PORT", "example.net:443, 192.0.2.1:80, [2001:db8::1]:80"}},
                      style.columns, 12);
  page += '\n' + style.heading("JSON") + '\n';
  page += wrapped(
      "With --json every line of the standard output is one JSON object. The first is "
      "{\"type\":\"start\"} with tool, version, schema and ts; the last is {\"type\":\"end\"} "
      "with the totals, the exit code as `exit`, and `complete`: false says that something is "
      "missing. A run that was killed leaves whole lines and no end.\n\n"
      "`schema` is an integer that grows when a member changes its meaning or goes. `ts` is RFC "
      "3339 in UTC. Members ending in _us are microseconds, in _bytes bytes. A failure is "
      "{\"type\":\"error\"} with what, why and try; it goes to the standard error too where that "
      "is another file. Bytes from the network that are no UTF-8 become U+FFFD.",
      style.columns, 2);
  return page;
}

std::string config_page(const Command&, const PageStyle& style) {
  std::string page = style.heading("Where a setting comes from") + '\n';
  page += two_columns({{"1. the command line", "--max-clients 50"},
                       {"2. the environment", "PATCHBAY_TCP_SERVE_MAX_CLIENTS=50"},
                       {"3. your file",
                        "$XDG_CONFIG_HOME/patchbay/config.toml, by default "
                        "~/.config/patchbay/config.toml"},
                       {"4. the host's file", "/etc/patchbay/config.toml"}},
                      style.columns, widest);
  page += '\n' + style.heading("The file") + '\n';
  page += wrapped(
      "TOML. A flag is a key with the same name, in the table of its command; the global flags "
      "stand at the top. Units are written in quotes, as on the command line.\n"
      "\n"
      "    color = \"never\"\n"
      "\n"
      "    [tcp.serve]\n"
      "    max-clients = 50\n"
      "    idle = \"10m\"\n"
      "\n"
      "`patchbay config show --origin` prints what is set and where, `patchbay config check` finds "
      "mistakes, `patchbay config path` names the files.",
      style.columns, 2);
  return page;
}

}  // namespace

const std::vector<Topic>& topics() {
  static const std::vector<Topic> all = {
      {"config", "settings files, and what wins over what", config_page},
      {"environment", "the variables that are read", environment_page},
      {"exit-codes", "what the exit codes mean", exit_codes_page},
      {"formats", "times, sizes, rates, addresses, JSON", formats_page},
  };
  return all;
}

const Topic* find_topic(std::string_view name) {
  for (const Topic& topic : topics()) {
    if (name == topic.name) return &topic;
  }
  return nullptr;
}

}  // namespace patchbay
