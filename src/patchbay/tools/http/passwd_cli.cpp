#include <fmt/format.h>
#include <sys/stat.h>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/http/account_file.hpp"
#include "patchbay/tools/http/accounts.hpp"
#include "patchbay/tools/http/http_cli.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/password_hash.hpp"
#include "patchbay/tools/read_new_password.hpp"

namespace patchbay {

namespace {

struct PasswdFlags {
  std::string path;
  std::string user;
  bool remove = false;
};

// Changes the file, and says what was done.
int change(const PasswdFlags& flags, const std::optional<std::string>& hash, Output& out) {
  const auto changed = change_account(flags.path, flags.user, hash);
  if (!changed) return out.fail(changed.error());
  const std::string user = escape_terminal(flags.user), path = escape_terminal(flags.path);
  if (!hash && !changed->was_there) {
    return out.fail(Failure(fmt::format("there is no user {}", user),
                            fmt::format("{} has {}", path, changed->users), {}));
  }
  const char* const done = !hash                ? "was removed"
                           : changed->was_there ? "has a new password"
                                                : "was added";
  out.emit(
      Record("user").text("name", flags.user).text("done", done).count("users", changed->users),
      fmt::format("{} {} in {}", user, done, path));
  return exit_ok;
}

// The file as it is: nobody should type a password for one that will not do.
std::expected<void, Failure> look_at(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return {};
  const auto table = read_accounts(path);
  if (!table) return std::unexpected(table.error());
  return {};
}

int run_passwd(const PasswdFlags& flags, Output& out) {
  if (const char* const reason = why_no_user(flags.user)) {
    return out.fail(Failure(fmt::format("cannot add {}", escape_terminal(flags.user)), reason, {}),
                    exit_usage);
  }
  if (const auto looked = look_at(flags.path); !looked) return out.fail(looked.error());
  if (flags.remove) return change(flags, std::nullopt, out);

  const auto password = read_new_password(flags.user);
  if (!password) return out.fail(password.error());
  const std::string hash = hash_password(*password);
  if (hash.empty()) {
    return out.fail(
        Failure("cannot make the hash", "there is no memory for it: it takes 64 MiB", {}));
  }
  return change(flags, hash, out);
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
      "the command line, where every user of the host could read it. The file has a line for each "
      "user, with an argon2id hash made by libsodium.\n\n"
      "`patchbay http serve --auth FILE` lets these users in; SIGHUP makes it read the file "
      "again.");
  passwd.see_also("htpasswd(1)");
}

}  // namespace patchbay
