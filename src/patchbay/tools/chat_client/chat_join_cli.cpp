#include "patchbay/tools/chat_client/chat_join_cli.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "patchbay/tools/chat_client/chat_join.hpp"
#include "patchbay/tools/chat_client/chat_plan.hpp"
#include "patchbay/tools/chat_client/chat_terminal.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/read_password.hpp"
#include "patchbay/tools/read_secret.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

using namespace chat_client;

std::string name_of_user() {
  const char* const user = std::getenv("USER");
  return user == nullptr ? std::string() : std::string(user);
}

// Somebody at a terminal gets a screen or is obeyed; whatever else comes in is for the room.
ChatFront front_for(const ChatJoinFlags& flags, const Output& out) {
  if (flags.bot) return ChatFront::bot;
  const bool typed = ::isatty(STDIN_FILENO) == 1;
  if (!out.json() && may_open_terminal()) return ChatFront::screen;
  return typed ? ChatFront::typed : ChatFront::bot;
}

Result<std::string> password_for(const ChatPlan& plan) {
  if (!plan.account) return std::string();
  if (plan.password_file) {
    auto text = read_secret_file(*plan.password_file);
    if (!text) return text.error();
    text->resize(std::min(text->find('\n'), text->size()));
    if (text->ends_with('\r')) text->pop_back();
    return text;
  }
  if (::isatty(STDIN_FILENO) != 1) {
    return Error(Fault::permission, "read the password",
                 "standard input is for the room and no terminal",
                 "--password-file FILE, which nobody but you may read");
  }
  auto typed = read_password("Password of " + *plan.account + ": ");
  if (!typed) return typed.error();
  return std::move(*typed);
}

int run_chat_join(const ChatJoinFlags& flags, Output& out) {
  const auto plan = plan_chat(flags, name_of_user());
  if (!plan) return out.fail(plan.error(), exit_usage);
  if (flags.insecure) {
    out.warn(
        "--insecure: the server's certificate is not checked, so anybody may be at the other end");
  }
  auto password = password_for(*plan);
  if (!password) return out.fail(password.error());
  return run_tool(join_chat(*plan, std::move(*password), front_for(flags, out), out), out);
}

void declare_trust(Command& join, ChatJoinFlags& flags) {
  join.section("TLS");
  join.flag("--tls", toggle(flags.tls), "speak TLS; the certificate must be good for HOST");
  join.flag("--pin SHA256", text(flags.pins),
            "accept only this public key: the hex SHA-256 of its SPKI")
      .alias("--tls-pin")
      .not_a_setting();
  join.flag("--tls-ca FILE", file(flags.ca_file),
            "trust these authorities (PEM) in place of the system's");
  join.flag("--insecure", toggle(flags.insecure), "accept any certificate, and warn")
      .excludes("pin")
      .not_a_setting();
  join.section("Account");
  join.flag("--sasl USER", text(flags.sasl), "sign in as USER (SCRAM-SHA-256, or PLAIN over TLS)");
  join.flag("--password-file FILE", file(flags.password_file),
            "its first line is the password; without it you are asked")
      .needs("sasl");
}

}  // namespace

void declare_chat_join(Command& chat) {
  auto [join, o] = chat.add("join", "talk in a chat, by any of its doors", run_chat_join);
  join.argument("HOST[:PORT]", endpoint(o.to), "the server; with --face ws also a URL");
  join.flag(
      "--face FACE",
      choice(o.face,
             {{"irc", ChatFace::irc}, {"lines", ChatFace::lines}, {"ws", ChatFace::websocket}}),
      "what the server speaks there");
  join.flag("-n, --nick NAME", text(o.nick), "your name; without it that of your account here");
  join.flag("-r, --room ROOM", text(o.rooms), "the room to enter; may be given many times");
  join.flag("--bot", toggle(o.bot), "say the lines of standard input, print those of the room");
  join.flag("--once", toggle(o.once), "end when the connection is lost").not_a_setting();
  join.flag("--history N", count(o.history, 0, 10'000),
            "older lines to ask for on the way in (50 on the screen, else 0)");
  join.flag("-w, --timeout TIME", duration(o.timeout, 100ms),
            "limits connecting and signing in, and each wait for an answer");
  declare_trust(join, o);
  join.example("patchbay chat join irc.example.net --tls", "enter #lobby, on the whole screen");
  join.example("patchbay chat join 127.0.0.1:6000 --face lines --nick ann",
               "the tutorial's chat, as with nc");
  join.example("tail -f app.log | patchbay chat join 127.0.0.1 --nick logger --room '#ops'",
               "a bot that says what it reads");
  join.see_also("irssi(1)");
  join.see_also("nc(1)");
  join.describe(
      "On a terminal it has a screen: rooms, what was said, members, a line to type. Tab "
      "completes, "
      "PgUp and PgDn move and bring older lines where the server keeps them, Ctrl-N and Ctrl-P or "
      "Alt-1 to Alt-9 change the room, /help lists the commands, Ctrl-C and Ctrl-D leave. On a "
      "dumb terminal lines are read and printed as they come.\n\n"
      "In a pipe, or with --bot, each line of standard input is said in the first room, also one "
      "that begins with a slash, and what is said there is printed, \"[ann] good morning\"; who "
      "comes and goes stands on stderr. It ends with its input, when the server has dealt with all "
      "of it. Lines that were on their way when a connection was lost are said once more. --json "
      "prints a record for everything.\n\n"
      "A connection that is lost is made again, after a second and then ever longer, unless --once "
      "is given; one that never was is a failure. Whatever comes from others is cleaned of "
      "everything that a terminal would act on or that nobody sees. A password is said only over "
      "TLS or within this host; SCRAM-SHA-256 does not say it at all.");
}

}  // namespace patchbay
