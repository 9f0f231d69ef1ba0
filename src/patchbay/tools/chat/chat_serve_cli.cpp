#include <fmt/format.h>

#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/chat_cli.hpp"
#include "patchbay/tools/chat/chat_serve.hpp"
#include "patchbay/tools/read_file.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_file_bytes = 1024 * 1024;

struct ChatServeFlags {
  std::optional<std::string> config;
  bool check = false;
  ChatServeOptions server;
};

// Flags and file together, as they are now: asked again by SIGHUP and REHASH.
std::expected<ChatPlan, std::vector<Failure>> read_plan(const ChatServeFlags& flags) {
  ChatServeOptions options = flags.server;
  if (flags.config) {
    const auto text = read_whole_file(*flags.config, k_most_file_bytes);
    if (!text) return std::unexpected(std::vector{text.error()});
    if (auto read = read_chat_file(*text, *flags.config, options); !read) {
      return std::unexpected(std::move(read.error()));
    }
  }
  auto plan = make_chat_plan(std::move(options));
  if (!plan) return std::unexpected(std::vector{plan.error()});
  return *plan;
}

int fail_with(const std::vector<Failure>& failures, Output& out) {
  int code = exit_failed;
  for (const Failure& failure : failures) code = out.fail(failure, exit_usage);
  return code;
}

int run_serve(const ChatServeFlags& flags, Output& out) {
  auto plan = read_plan(flags);
  if (!plan) return fail_with(plan.error(), out);
  if (flags.check) {
    out.emit(Record("settings").count("doors", plan->addresses.size()),
             fmt::format("[*] All is well: {} doors", plan->addresses.size()));
    return exit_ok;
  }
  return run_chat_server(std::move(*plan), [&flags] { return read_plan(flags); }, out);
}

void describe_serve(Command& serve) {
  serve.example("patchbay chat serve", "lines on 6000, IRC on 6667 and a page on 8080, all local");
  serve.example("patchbay chat serve --lines '*:6000' --web '*:8080' --db chat.db",
                "for the whole network, and everything said is kept");
  serve.example("patchbay chat serve --config chat.toml", "all of it from a file");
  serve.describe(
      "Rooms that everybody shares, whichever door they come in by: lines of text, as nc and "
      "telnet "
      "send them; IRC with IRCv3, for its clients and bots; and a page for browsers. A message "
      "that "
      "comes in by one goes out by all.\n\n"
      "Without a door named, all but the one with TLS are open, on this host only. Whoever names "
      "doors gets those. An address in front of the port lets others in: '*:6667' all of them.\n\n"
      "--db keeps what is said and the accounts in one file of SQLite. Without it a room remembers "
      "its last hundred lines until the server ends.\n\n"
      "--config reads a file of settings (TOML): the flags as keys, and tables for limits, "
      "history, "
      "accounts and operators; a flag wins over the file. SIGHUP, or REHASH of an operator, reads "
      "it and the certificate again; a file with a mistake is told of and leaves all as it was.\n\n"
      "SIGINT and SIGTERM end the server in order: what was said is written first.");
  serve.see_also("nc(1)");
}

}  // namespace

void declare_chat_serve(Command& chat) {
  auto [serve, o] = chat.add("serve", "open the rooms", run_serve);
  declare_chat_doors(serve, o.server);
  declare_chat_names(serve, o.server);
  serve.flag("--config FILE", file(o.config), "read settings from this file").not_a_setting();
  serve.flag("--check", toggle(o.check), "say whether all is well with the settings, and end")
      .not_a_setting();
  serve.section("TLS");
  declare_chat_tls(serve, o.server);
  describe_serve(serve);
}

}  // namespace patchbay
