// load tcp|udp|idle PORT [--connections N] [--size B] [--depth D] [--time S] [--warm-up S]
//                        [--requests N] [--source X]
//
// Prints one line of JSON when the warm-up is over and one with the result; then holds everything
// open until its stdin closes.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "load.hpp"

namespace {

[[noreturn]] void usage(std::string_view what) {
  std::fprintf(stderr,
               "load: %.*s\n"
               "usage: load tcp|udp|idle PORT [--connections N] [--size B] [--depth D]\n"
               "            [--time S] [--warm-up S] [--requests N] [--source X]\n",
               static_cast<int>(what.size()), what.data());
  std::exit(2);
}

double number(const char* text, double lowest, double highest) {
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= lowest && value <= highest)) usage(text);
  return value;
}

std::size_t whole(const char* text, double lowest, double highest) {
  return static_cast<std::size_t>(number(text, lowest, highest));
}

load::Options parse(int argc, char** argv) {
  if (argc < 3 || argc % 2 == 0) usage("a mode, a port and pairs of flag and value are needed");
  load::Options options;
  options.port = static_cast<std::uint16_t>(whole(argv[2], 1, 65535));
  for (int i = 3; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    const char* value = argv[i + 1];
    if (flag == "--connections") {
      options.connections = whole(value, 1, 1e6);
    } else if (flag == "--size") {
      options.size_bytes = whole(value, 16, 65507);
    } else if (flag == "--depth") {
      options.depth = whole(value, 1, 4096);
    } else if (flag == "--time") {
      options.time_s = number(value, 0.01, 3600);
    } else if (flag == "--warm-up") {
      options.warm_up_s = number(value, 0, 60);
    } else if (flag == "--requests") {
      options.requests = whole(value, 1, 1e15);
    } else if (flag == "--source") {
      options.source = static_cast<std::uint32_t>(whole(value, 1, 254));
    } else {
      usage(flag);
    }
  }
  return options;
}

// Connections beyond the descriptor limit are refused before the first is opened.
void check_descriptors(const load::Options& options) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (options.connections + 16 > limit.rlim_max) usage("more connections than descriptors");
}

}  // namespace

int main(int argc, char** argv) {
  const load::Options options = parse(argc, argv);
  const std::string_view mode = argv[1];
  check_descriptors(options);
  if (mode == "idle") {
    load::run_idle(options);
    std::puts(R"({"type":"idle"})");
    std::fflush(stdout);
    load::wait_for_release();
    return 0;
  }
  load::Measurement measurement(options);
  if (mode == "tcp") {
    load::run_tcp(options, measurement);
  } else if (mode == "udp") {
    load::run_udp(options, measurement);
  } else {
    usage(mode);
  }
  measurement.report();
  load::wait_for_release();
}
