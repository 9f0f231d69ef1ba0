#include "patchbay/tools/echo/serve_flags.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/tools/echo/serve_report.hpp"
#include "patchbay/tools/listen_on.hpp"

namespace patchbay {

namespace {
constexpr const char* k_default_address = "127.0.0.1";
}

ServeFlags::ServeFlags(std::uint16_t port)
    : default_port(port), listen(fmt::format("{}:{}", k_default_address, port)) {}

void declare_serve_flags(Command& serve, ServeFlags& flags) {
  serve.argument("[ADDR:]PORT", endpoint(flags.where), "where to listen; the same as --listen")
      .excludes("listen");
  serve.flag("-l, --listen [ADDR:]PORT", endpoint(flags.listen), "where to listen");
  serve.flag("-r, --reply TEMPLATE", text(flags.reply), "answer with TEMPLATE; {} is what came")
      .excludes("service");
  serve.flag("--service NAME", service_choice(flags.service), "a small service of RFC 862 to 868");
  serve.flag("--once", toggle(flags.once), "end after the first answer").not_a_setting();
}

Flag& declare_threads_flag(Command& serve, ServeFlags& flags) {
  return serve.flag("--threads N", count(flags.threads, 1, 256),
                    "loops, each on a thread and a CPU of its own");
}

void declare_buffer_flags(Command& serve, ServeFlags& flags, std::string receive_help,
                          std::string send_help) {
  constexpr std::uint64_t most = 1 << 30;
  serve.flag("--receive-buffer SIZE", size(flags.receive_buffer, 1, most), std::move(receive_help));
  serve.flag("--send-buffer SIZE", size(flags.send_buffer, 1, most), std::move(send_help));
}

std::expected<ServeWish, Failure> read_serve_flags(const ServeFlags& flags) {
  ServeWish wish;
  auto where =
      parse_listen(flags.where.value_or(flags.listen), {k_default_address, flags.default_port});
  if (!where) return std::unexpected(where.error());
  wish.where = std::move(*where);
  if (!flags.reply) return wish;
  auto reply = ReplyTemplate::parse(*flags.reply);
  if (!reply) return std::unexpected(Failure(reply.error()));
  wish.reply = std::move(*reply);
  return wish;
}

}  // namespace patchbay
