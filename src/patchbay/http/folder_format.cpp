#include "patchbay/http/folder_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "patchbay/wire/http_query.hpp"

namespace patchbay {

FolderOrder parse_folder_order(std::string_view query) {
  FolderOrder order;
  while (const auto member = next_query_member(query)) {
    if (member == "sort=name") order.by = FolderSort::name;
    if (member == "sort=size") order.by = FolderSort::size;
    if (member == "sort=time") order.by = FolderSort::time;
    if (member == "order=asc") order.descending = false;
    if (member == "order=desc") order.descending = true;
  }
  return order;
}

std::unique_ptr<FolderFormat> make_folder_format(FolderForm form, FolderHeading heading) {
  return form == FolderForm::json ? detail::folder_json(std::move(heading))
                                  : detail::folder_page(std::move(heading));
}

std::string_view media_type_of(FolderForm form) {
  return form == FolderForm::json ? "application/json" : "text/html; charset=utf-8";
}

namespace detail {
namespace {

// Letters, digits and "-._~": the same in HTML, in JSON and in a URL.
constexpr auto k_plain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = '0'; c <= '9'; ++c) plain[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) plain[c] = plain[c - 'a' + 'A'] = true;
  for (const unsigned c : {0x2du, 0x2eu, 0x5fu, 0x7eu}) plain[c] = true;  // - . _ ~
  return plain;
}();

// A number below 1000 with three digits in all and no zeros at its end; false when it rounds up to
// 1024 of this unit. `unit` is a power of two, 2^10 at least.
bool append_three_digits(std::string& out, std::uint64_t bytes, unsigned shift) {
  const std::uint64_t whole = bytes >> shift;
  const std::uint64_t scale = whole >= 100 ? 1 : whole >= 10 ? 10 : 100;
  // A hundred times the rest must fit: of exbibytes the last ten bits do not count.
  const std::uint64_t rest = bytes & ((std::uint64_t{1} << shift) - 1);
  const unsigned dropped = shift > 50 ? shift - 50 : 0;
  const std::uint64_t half = std::uint64_t{1} << (shift - dropped - 1);
  const std::uint64_t fraction = ((rest >> dropped) * scale + half) >> (shift - dropped);
  std::uint64_t shown = whole * scale + fraction;
  if (shown / scale >= 1024) return false;
  append_number(out, shown / scale);
  shown %= scale;
  if (shown == 0) return true;
  out += '.';
  if (scale == 100) {
    out += static_cast<char>('0' + shown / 10);
    shown %= 10;
    if (shown == 0) return true;
  }
  out += static_cast<char>('0' + shown);
  return true;
}

void put_two(char* at, unsigned value) {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

bool is_plain_name(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return k_plain[static_cast<unsigned char>(c)]; });
}

void append_size(std::string& out, std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> units = {" KiB", " MiB", " GiB",
                                                     " TiB", " PiB", " EiB"};
  if (bytes < 1024) {
    append_number(out, bytes);
    out += " B";
    return;
  }
  unsigned shift = 10;
  for (const std::string_view unit : units) {
    if ((bytes >> shift) < 1024 && append_three_digits(out, bytes, shift)) {
      out += unit;
      return;
    }
    shift += 10;
  }
}

DateTime utc(std::int64_t seconds) {
  using std::chrono::days;
  using std::chrono::year;
  constexpr std::int64_t first = -62'167'219'200;  // 0000-01-01T00:00:00
  constexpr std::int64_t last = 253'402'300'799;   // 9999-12-31T23:59:59
  const std::chrono::sys_seconds time{
      std::chrono::seconds(std::clamp<std::int64_t>(seconds, first, last))};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const auto of_day = static_cast<unsigned>((time - day).count());
  const auto of_year = static_cast<unsigned>(static_cast<int>(date.year()));
  DateTime made;
  put_two(made.date, of_year / 100);
  put_two(made.date + 2, of_year % 100);
  made.date[4] = made.date[7] = '-';
  put_two(made.date + 5, static_cast<unsigned>(date.month()));
  put_two(made.date + 8, static_cast<unsigned>(date.day()));
  put_two(made.clock, of_day / 3600);
  put_two(made.clock + 3, of_day / 60 % 60);
  put_two(made.clock + 6, of_day % 60);
  made.clock[2] = made.clock[5] = ':';
  return made;
}

}  // namespace detail
}  // namespace patchbay
