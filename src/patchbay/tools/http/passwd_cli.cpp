#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/http/accounts.hpp"
#include "patchbay/tools/http/http_cli.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/read_password.hpp"
#include "patchbay/tools/replace_file.hpp"

namespace patchbay {

namespace {

struct PasswdFlags {
  std::string path;
  std::string user;
  bool remove = false;
};

std::string text_of(const AccountTable& table) {
  std::string text;
  for (const auto& [user, hash] : table) text.append(user).append(":").append(hash).append("\n");
  return text;
}

bool is_there(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0;
}

int save(const PasswdFlags& flags, const AccountTable& table, std::string_view done, Output& out) {
  if (const auto saved = replace_file(flags.path, text_of(table)); !saved) {
    return out.fail(saved.error());
  }
  out.emit(
      Record("user").text("name", flags.user).text("done", done).count("users", table.size()),
      fmt::format("{} {} in {}", escape_terminal(flags.user), done, escape_terminal(flags.path)));
  return exit_ok;
}

int remove_user(const PasswdFlags& flags, AccountTable table, Output& out) {
  if (table.erase(flags.user) > 0) return save(flags, table, "was removed", out);
  return out.fail(Failure(fmt::format("there is no user {}", escape_terminal(flags.user)),
                          fmt::format("{} has {}", escape_terminal(flags.path), table.size()), {}));
}

int run_passwd(const PasswdFlags& flags, Output& out) {
  if (const char* const reason = why_no_user(flags.user)) {
    return out.fail(Failure(fmt::format("cannot add {}", escape_terminal(flags.user)), reason, {}),
                    exit_usage);
  }
  AccountTable table;
  if (is_there(flags.path)) {
    auto read = read_accounts(flags.path);
    if (!read) return out.fail(read.error());
    table = std::move(*read);
  }
  if (flags.remove) return remove_user(flags, std::move(table), out);

  const auto password =
      read_password(fmt::format("Password for {}: ", escape_terminal(flags.user)));
  if (!password) return out.fail(password.error());
  if (::isatty(STDIN_FILENO) != 0) {
    const auto again = read_password("Once more: ");
    if (!again) return out.fail(again.error());
    if (*again != *password) {
      return out.fail(Failure("nothing is changed", "the two passwords differ", {}));
    }
  }
  if (password->empty())
    return out.fail(Failure("nothing is changed", "the password is empty", {}));
  const bool is_new = !table.contains(flags.user);
  const std::string hash = hash_password(*password);
  if (hash.empty()) {
    return out.fail(
        Failure("cannot make the hash", "there is no memory for it: it takes 64 MiB", {}));
  }
  table[flags.user] = hash;
  return save(flags, table, is_new ? "was added" : "has a new password", out);
}

}  // namespace

void declare_http_passwd(Command& http) {
  auto [passwd, o] = http.add("passwd", "add users to a file of passwords", run_passwd);
  passwd.argument("FILE", file(o.path), "the file; it is made if it is not there");
  passwd.argument("USER", text(o.user), "whom to add, or to give a new password");
  passwd.flag("--delete", toggle(o.remove), "remove the user").not_a_setting();
  passwd.example("patchbay http passwd users.txt alice", "add alice, or change her password");
  passwd.describe(
      "Asks for the password on the terminal, or reads a line from a pipe; it is never given on "
      "the "
      "command line, where every user of the host could read it. The file has a line for each "
      "user, "
      "with an argon2id hash made by libsodium.\n\n"
      "`patchbay http serve --auth FILE` lets these users in; SIGHUP makes it read the file "
      "again.");
  passwd.see_also("htpasswd(1)");
}

}  // namespace patchbay
