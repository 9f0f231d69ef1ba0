#include "patchbay/tools/chat/chat_options.hpp"

namespace patchbay {

namespace {

void declare_pace(Command& words, const std::string& name, ChatPace& pace, const char* of_what) {
  words.flag("--" + name + "-per-second N", number(pace.per_second, 0.01, 1e6),
             std::string("a client's lasting pace of ") + of_what);
  words.flag("--" + name + "-burst N", number(pace.burst, 0, 1e6),
             std::string("at once before that; 0 is no limit"));
}

}  // namespace

void declare_chat_doors(Command& command, ChatServeOptions& o) {
  command.flag("--lines [ADDR:]PORT", endpoint(o.lines),
               "a door for lines of text, as nc and telnet send them (6000)");
  command.flag("--irc [ADDR:]PORT", endpoint(o.irc), "a door for IRC (6667)");
  command.flag("--ircs [ADDR:]PORT", endpoint(o.ircs), "a door for IRC over TLS (6697)");
  command.flag("--web [ADDR:]PORT", endpoint(o.web),
               "a door for browsers: a page, and IRC over WebSocket (8080)");
}

void declare_chat_names(Command& command, ChatServeOptions& o) {
  command.flag("--db FILE", file(o.db),
               "keep what is said, and accounts, in this database; made if it is missing");
  command.flag("--name NAME", host(o.settings.server_name), "what the server calls itself");
  command.flag("--network NAME", text(o.settings.network), "and the network that it is");
  command.flag("--motd FILE", file(o.motd_file), "a text that IRC's users are shown first");
}

void declare_chat_tls(Command& command, ChatServeOptions& o) {
  command.flag("--tls-cert FILE", file(o.tls_cert), "certificate chain (PEM) of --ircs and --web")
      .needs("tls-key");
  command.flag("--tls-key FILE", file(o.tls_key), "its private key (PEM)").needs("tls-cert");
  command
      .flag("--tls-self", toggle(o.tls_self),
            "a certificate made on the spot instead; shows its fingerprint")
      .excludes("tls-cert");
}

void declare_chat_rooms(Command& words, ChatServeOptions& o) {
  words.flag("--lobby ROOM", text(o.settings.lobby), "where users of the line door begin");
  words.flag("--rooms ROOM", text(o.settings.lasting_rooms),
             "rooms that are always there, and whose first member is no operator");
  words.flag("--password HASH", text(o.settings.password_hash),
             "asked of whoever connects (PASS of IRC); as patchbay http passwd makes it");
  words.flag("--show-addresses", toggle(o.settings.shows_addresses),
             "others see a user's address; otherwise a word that stands for it");
  words.flag("--sts TIME", duration(o.sts, 1s),
             "tell IRC's clients to use TLS alone from now on, for so long");
  words.flag("--web-origins ORIGIN", text(o.settings.web_origins),
             "pages of these origins may connect, besides the server's own");
}

void declare_chat_limits(Command& words, ChatLimits& limits) {
  words.flag("--flood", toggle(limits.flood), "hold back who sends too much");
  words.flag("--flood-loopback", toggle(limits.flood_loopback), "clients on this host as well");
  declare_pace(words, "commands", limits.commands, "commands");
  declare_pace(words, "history", limits.history, "questions that cost more");
  declare_pace(words, "joins", limits.joins, "rooms that are entered");
  words.flag("--flood-patience TIME", duration(limits.flood_patience, 1s),
             "a client that would have to wait longer is cut");
  words.flag("--registration TIME", duration(limits.registration, 1s),
             "from the connection until there is a name");
  words.flag("--ping-after TIME", duration(limits.ping_after, 1s),
             "of silence; as long again for the answer");
  words.flag("--clients N", count(limits.clients, 1, 10'000'000), "at a time");
  words.flag("--clients-per-address N", count(limits.clients_per_address),
             "at a time, of an IPv4 address or an IPv6 /64; 0 is no limit");
  words.flag("--waiting-per-address N", count(limits.waiting_per_address),
             "likewise, without a name yet");
  words.flag("--rooms N", count(limits.rooms, 1, 10'000'000), "known to the server");
  words.flag("--rooms-per-user N", count(limits.rooms_per_user, 1, 10'000), "entered by a user");
  words.flag("--list-entries N", count(limits.list_entries, 0, 100'000),
             "of a room's bans, and of each of its exceptions");
  words.flag("--watches N", count(limits.watches, 0, 100'000), "names that a client watches");
  words.flag("--name-length N", count(limits.name_length, 1, 64), "characters of a user's name");
  words.flag("--room-length N", count(limits.room_length, 2, 128), "characters of a room's name");
  words.flag("--topic-length N", size(limits.topic_length, 1, 400), "of a topic, in bytes");
  words.flag("--reason-length N", size(limits.reason_length, 1, 400), "of a reason to leave");
  words.flag("--away-length N", size(limits.away_length, 1, 400), "of a reason to be away");
  words.flag("--soft-send SIZE", size(limits.soft_send_bytes, 4096),
             "a client that is so far behind is not listened to");
  words.flag("--hard-send SIZE", size(limits.hard_send_bytes, 8192), "and so far: it is cut");
  words.flag("--send-patience TIME", duration(limits.send_patience, 1s),
             "likewise if it takes nothing for so long");
  words.flag("--total-send SIZE", size(limits.total_send_bytes, 1024 * 1024),
             "of all clients together; then who is furthest behind is cut");
}

void declare_chat_history(Command& words, ChatHistorySettings& history) {
  words.flag("--in-memory N", count(history.in_memory, 0, 100'000), "lines of each room");
  words.flag("--on-join N", count(history.on_join, 0, 1000),
             "lines that users of the line door are shown when they come");
  words.flag("--keep TIME", duration(history.keep, 1s), "then lines are deleted");
  words.flag("--keep-lines N", count(history.keep_lines), "of each room at most; 0: all");
  words.flag("--page N", count(history.page, 1, 1000), "lines that one question is answered with");
}

void declare_chat_accounts(Command& words, ChatAccountSettings& accounts) {
  words.flag("--required", toggle(accounts.required), "nobody comes in without an account");
  words.flag("--tries-per-minute N", count(accounts.tries_per_minute, 1, 1000),
             "wrong passwords of an account, and of an address");
}

void declare_chat_operator(Command& words, ChatOperator& who) {
  words.flag("--name NAME", text(who.name), "what OPER is given first");
  words.flag("--password HASH", text(who.hash), "as patchbay http passwd makes it");
  words.flag("--from MASK", text(who.mask), "user@host it has to come from");
}

}  // namespace patchbay
