#include <fmt/format.h>

#include <cerrno>
#include <filesystem>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/accounts/chat_account_table.hpp"
#include "patchbay/tools/chat/chat_cli.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/read_new_password.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_characters = 64;  // of a name; a server may allow fewer

struct UserFlags {
  std::string name;
  std::string db;
  std::string password_file;
  bool undo = false;
};

// Only the first user makes the file: for the others it must be there.
Result<ChatAccountTable> open_existing(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return Error::from_errno(ENOENT, "open the database").about(path);
  }
  return ChatAccountTable::open(path);
}

int tell(const UserFlags& flags, std::string_view done, std::string_view words, Output& out) {
  out.emit(
      Record("user").text("name", flags.name).text("done", done),
      fmt::format("{} {} in {}", escape_terminal(flags.name), words, escape_terminal(flags.db)));
  return exit_ok;
}

int fail_without(const UserFlags& flags, Output& out) {
  return out.fail(Failure(fmt::format("there is no account {}", escape_terminal(flags.name)),
                          fmt::format("{} has none of that name", escape_terminal(flags.db)),
                          "see which there are: patchbay chat user list --db FILE"));
}

int finish(const UserFlags& flags, const Result<bool>& changed, std::string_view done,
           std::string_view words, Output& out) {
  if (!changed) return out.fail(changed.error());
  return *changed ? tell(flags, done, words, out) : fail_without(flags, out);
}

int run_add(const UserFlags& flags, Output& out) {
  const std::string name = escape_terminal(flags.name);
  if (const char* const reason = why_no_user_name(flags.name, k_most_characters)) {
    return out.fail(Failure(fmt::format("cannot add {}", name), reason, {}), exit_usage);
  }
  auto table = ChatAccountTable::open(flags.db);
  if (!table) return out.fail(table.error());
  const std::string folded = fold_chat_name(flags.name);
  // Nobody should type a password for a name that will not do.
  const auto taken = table->find(folded);
  if (!taken) return out.fail(taken.error());
  const Failure already(fmt::format("cannot add {}", name),
                        fmt::format("there is an account {} already",
                                    *taken ? escape_terminal((*taken)->name) : name),
                        "give it a new password: patchbay chat user passwd NAME --db FILE");
  if (*taken) return out.fail(already);

  const auto password = read_new_password(flags.name, flags.password_file);
  if (!password) return out.fail(password.error());
  auto secret = make_chat_secret(*password);
  if (!secret) return out.fail(secret.error());
  const auto added = table->add({.name = flags.name,
                                 .folded = folded,
                                 .secret = std::move(*secret),
                                 .created = out.wall_time()});
  if (!added) return out.fail(added.error());
  return *added ? tell(flags, "added", "was added", out) : out.fail(already);
}

int run_passwd(const UserFlags& flags, Output& out) {
  auto table = open_existing(flags.db);
  if (!table) return out.fail(table.error());
  const std::string folded = fold_chat_name(flags.name);
  const auto known = table->find(folded);
  if (!known) return out.fail(known.error());
  if (!*known) return fail_without(flags, out);
  const auto password = read_new_password(flags.name, flags.password_file);
  if (!password) return out.fail(password.error());
  const auto secret = make_chat_secret(*password);
  if (!secret) return out.fail(secret.error());
  return finish(flags, table->set_secret(folded, *secret), "new_password", "has a new password",
                out);
}

int run_del(const UserFlags& flags, Output& out) {
  auto table = open_existing(flags.db);
  if (!table) return out.fail(table.error());
  return finish(flags, table->remove(fold_chat_name(flags.name)), "removed", "was removed", out);
}

int run_suspend(const UserFlags& flags, Output& out) {
  auto table = open_existing(flags.db);
  if (!table) return out.fail(table.error());
  const auto changed = table->suspend(fold_chat_name(flags.name), !flags.undo);
  return flags.undo ? finish(flags, changed, "restored", "may log in again", out)
                    : finish(flags, changed, "suspended", "may not log in any more", out);
}

std::string day_of(WallTime time) {
  return time == WallTime() ? "never" : rfc3339(time).substr(0, 10);
}

int run_list(const UserFlags& flags, Output& out) {
  auto table = open_existing(flags.db);
  if (!table) return out.fail(table.error());
  const auto accounts = table->all();
  if (!accounts) return out.fail(accounts.error());
  for (const ChatAccount& account : *accounts) {
    Record record("account");
    record.text("name", account.name).at("created", account.created);
    account.seen == WallTime() ? record.null("seen") : record.at("seen", account.seen);
    record.flag("suspended", account.suspended);
    out.emit(record, fmt::format("{}  made {}, last seen {}{}", escape_terminal(account.name),
                                 day_of(account.created), day_of(account.seen),
                                 account.suspended ? ", suspended" : ""));
  }
  out.totals().count("accounts", accounts->size());
  return exit_ok;
}

// What all of them have in common.
void declare(Command& command, UserFlags& flags, bool names_one) {
  if (names_one) command.argument("NAME", text(flags.name), "the account");
  command.flag("--db FILE", file(flags.db), "the file that `chat serve --db` writes").required();
}

void declare_password(Command& command, UserFlags& flags) {
  command
      .flag("--password-file FILE", file(flags.password_file),
            "the password is the first line of this file, which others may not read")
      .not_a_setting();
  command.describe(
      "Asks for the password on the terminal, or reads a line from a pipe; it is never given on "
      "the command line, where every user of the host could read it. What is kept of it are an "
      "argon2id hash, and keys for SCRAM-SHA-256. A server that runs knows of it at once.");
}

}  // namespace

void declare_chat_user(Command& chat) {
  Command& user = chat.group("user", "who has an account in the chat");
  user.example("patchbay chat user add alice --db chat.db", "an account for alice");

  auto [add, a] = user.add("add", "make an account", run_add);
  declare(add, a, true);
  declare_password(add, a);
  add.example("patchbay chat user add alice --db chat.db", "ask for alice's password twice");
  add.example("patchbay chat user add bot --db chat.db --password-file bot.txt",
              "read it from a file of mode 600");

  auto [passwd, p] = user.add("passwd", "give an account a new password", run_passwd);
  declare(passwd, p, true);
  declare_password(passwd, p);
  passwd.example("patchbay chat user passwd alice --db chat.db", "ask for the new one twice");

  auto [del, d] = user.add("del", "take an account away", run_del);
  declare(del, d, true);
  del.example("patchbay chat user del alice --db chat.db", "anybody may have the name now");

  auto [suspend, s] = user.add("suspend", "keep an account, but let nobody log in", run_suspend);
  declare(suspend, s, true);
  suspend.flag("--undo", toggle(s.undo), "let them log in again").not_a_setting();
  suspend.example("patchbay chat user suspend alice --db chat.db", "her name stays reserved");

  auto [list, l] = user.add("list", "who has an account", run_list);
  declare(list, l, false);
  list.example("patchbay chat user list --db chat.db", "since when, and when they logged in last");
}

}  // namespace patchbay
