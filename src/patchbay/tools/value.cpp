#include "patchbay/tools/value.hpp"

#include <fmt/format.h>

#include <charconv>

#include "patchbay/base/units.hpp"

namespace patchbay {
namespace {

using Stored = std::expected<void, Failure>;

std::unexpected<Failure> refuse(std::string why, std::string remedy) {
  return std::unexpected(Failure({}, std::move(why), std::move(remedy)));
}

std::unexpected<Failure> refuse(const Error& error) { return refuse(error.why(), error.remedy()); }

// What a unit's own format_ writes, without the spaces that a shell would split at.
std::string closed_up(std::string text) {
  std::erase(text, ' ');
  return text;
}

template <class T>
Value word_of(ValueKind kind, T& target) {
  Value value;
  value.kind = kind;
  value.is_optional = detail::is_optional<T>;
  value.assign = [&target](std::string_view word) -> Stored {
    target = std::string(word);
    return {};
  };
  if (const auto first = detail::initial(target)) value.initial = *first;
  return value;
}

Value words_of(ValueKind kind, std::vector<std::string>& target) {
  Value value;
  value.kind = kind;
  value.assign = [&target](std::string_view word) -> Stored {
    target.emplace_back(word);
    return {};
  };
  value.clear = [&target] { target.clear(); };
  for (const std::string& word : target) value.initial += (value.initial.empty() ? "" : ",") + word;
  return value;
}

template <class T>
Value duration_of(T& target, Duration min, Duration max) {
  Value value;
  value.kind = ValueKind::duration;
  value.is_optional = detail::is_optional<T>;
  value.assign = [&target, min, max](std::string_view word) -> Stored {
    const auto parsed = detail::parse_duration_between(word, min, max);
    if (!parsed) return std::unexpected(parsed.error());
    target = *parsed;
    return {};
  };
  if (const auto first = detail::initial(target)) value.initial = detail::show_duration(*first);
  return value;
}

template <class T, class Parse, class Show>
Value decimal_of(ValueKind kind, T& target, Parse parse, Show show) {
  Value value;
  value.kind = kind;
  value.is_optional = detail::is_optional<T>;
  value.assign = [&target, parse](std::string_view word) -> Stored {
    const std::expected<double, Failure> parsed = parse(word);
    if (!parsed) return std::unexpected(parsed.error());
    target = *parsed;
    return {};
  };
  if (const auto first = detail::initial(target)) value.initial = show(*first);
  return value;
}

template <class T>
Value number_of(T& target, double min, double max) {
  return decimal_of(
      ValueKind::number, target,
      [min, max](std::string_view word) { return detail::parse_number_between(word, min, max); },
      detail::show_number);
}

template <class T>
Value count_rate_of(T& target, double min, double max) {
  return decimal_of(
      ValueKind::rate, target,
      [min, max](std::string_view word) {
        return detail::parse_count_rate_between(word, min, max);
      },
      detail::show_count_rate);
}

template <class T>
Value word_choice(T& target, std::initializer_list<const char*> words) {
  std::vector<std::string> names(words.begin(), words.end());
  Value value =
      detail::choice_of(names, [&target, names](std::size_t index) { target = names[index]; });
  value.is_optional = detail::is_optional<T>;
  if (const auto first = detail::initial(target)) value.initial = *first;
  return value;
}

// A sentence for a value outside of [min, max]; `show` writes it as a user would.
template <class T, class Show>
std::expected<T, Failure> within(T parsed, T min, T max, Show show) {
  if (parsed < min) {
    return refuse(fmt::format("the least is {}", show(min)), fmt::format("{} or more", show(min)));
  }
  if (parsed > max) {
    return refuse(fmt::format("the most is {}", show(max)), fmt::format("{} or less", show(max)));
  }
  return parsed;
}

}  // namespace

Value toggle(bool& target) {
  Value value;
  value.kind = ValueKind::toggle;
  value.assign = [&target](std::string_view word) -> Stored {
    const bool yes = word == "true" || word == "yes" || word == "on" || word == "1";
    const bool no = word == "false" || word == "no" || word == "off" || word == "0";
    if (!yes && !no) return refuse("it is neither true nor false", "true or false");
    target = yes;
    return {};
  };
  value.initial = target ? "true" : "";
  return value;
}

Value tally(int& target) {
  Value value = count(target, 0, 9);
  value.kind = ValueKind::tally;
  value.initial.clear();
  return value;
}

Value text(std::string& target) { return word_of(ValueKind::text, target); }
Value text(std::optional<std::string>& target) { return word_of(ValueKind::text, target); }
Value text(std::vector<std::string>& target) { return words_of(ValueKind::text, target); }
Value endpoint(std::string& target) { return word_of(ValueKind::endpoint, target); }
Value endpoint(std::optional<std::string>& target) { return word_of(ValueKind::endpoint, target); }
Value endpoint(std::vector<std::string>& target) { return words_of(ValueKind::endpoint, target); }
Value host(std::string& target) { return word_of(ValueKind::host, target); }
Value host(std::optional<std::string>& target) { return word_of(ValueKind::host, target); }
Value host(std::vector<std::string>& target) { return words_of(ValueKind::host, target); }
Value file(std::string& target) { return word_of(ValueKind::file, target); }
Value file(std::optional<std::string>& target) { return word_of(ValueKind::file, target); }
Value file(std::vector<std::string>& target) { return words_of(ValueKind::file, target); }
Value directory(std::string& target) { return word_of(ValueKind::directory, target); }
Value directory(std::optional<std::string>& target) {
  return word_of(ValueKind::directory, target);
}
Value interface(std::string& target) { return word_of(ValueKind::interface, target); }
Value interface(std::optional<std::string>& target) {
  return word_of(ValueKind::interface, target);
}

Value choice(std::string& target, std::initializer_list<const char*> words) {
  return word_choice(target, words);
}
Value choice(std::optional<std::string>& target, std::initializer_list<const char*> words) {
  return word_choice(target, words);
}

Value duration(Duration& target, Duration min, Duration max) {
  return duration_of(target, min, max);
}
Value duration(std::optional<Duration>& target, Duration min, Duration max) {
  return duration_of(target, min, max);
}

Value number(double& target, double min, double max) { return number_of(target, min, max); }
Value number(std::optional<double>& target, double min, double max) {
  return number_of(target, min, max);
}

Value count_rate(double& target, double min, double max) { return count_rate_of(target, min, max); }
Value count_rate(std::optional<double>& target, double min, double max) {
  return count_rate_of(target, min, max);
}

namespace detail {

Parsed parse_count(std::string_view word, std::uint64_t min, std::uint64_t max) {
  std::uint64_t parsed = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), parsed);
  if (fault == std::errc::invalid_argument || end != word.data() + word.size()) {
    return refuse("it is not a whole number", fmt::format("a number from {}", min));
  }
  if (fault == std::errc::result_out_of_range) parsed = no_maximum;
  return within(parsed, min, max, [](std::uint64_t n) { return std::to_string(n); });
}

Parsed parse_size_between(std::string_view word, std::uint64_t min, std::uint64_t max) {
  const Result<std::uint64_t> parsed = parse_size(word);
  if (!parsed) return refuse(parsed.error());
  return within(*parsed, min, max, show_size);
}

Parsed parse_rate_between(std::string_view word, std::uint64_t min, std::uint64_t max) {
  const Result<std::uint64_t> parsed = parse_rate(word);
  if (!parsed) return refuse(parsed.error());
  return within(*parsed, min, max, show_rate);
}

std::expected<Duration, Failure> parse_duration_between(std::string_view word, Duration min,
                                                        Duration max) {
  const Result<Duration> parsed = parse_duration(word);
  if (!parsed) return refuse(parsed.error());
  return within(*parsed, min, max, show_duration);
}

std::expected<double, Failure> parse_number_between(std::string_view word, double min, double max) {
  double parsed = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), parsed);
  const bool is_whole_word = fault == std::errc() && end == word.data() + word.size();
  if (!is_whole_word || parsed != parsed) {
    return refuse("it is not a number", "a number such as 0.5 or 12");
  }
  return within(parsed, min, max, show_number);
}

std::expected<double, Failure> parse_count_rate_between(std::string_view word, double min,
                                                        double max) {
  const Result<double> parsed = parse_count_rate(word);
  if (!parsed) return refuse(parsed.error());
  return within(*parsed, min, max, show_count_rate);
}

std::string show_size(std::uint64_t bytes) {
  // format_size rounds, and a limit that is rounded up is refused when it is tried.
  const std::string shown = closed_up(format_size(bytes));
  const Result<std::uint64_t> read_back = parse_size(shown);
  return read_back && *read_back == bytes ? shown : std::to_string(bytes);
}
std::string show_rate(std::uint64_t bits_per_second) {
  return closed_up(format_rate(bits_per_second));
}
std::string show_duration(Duration value) { return closed_up(format_duration(value)); }
std::string show_number(double value) { return fmt::format("{}", value); }
std::string show_count_rate(double per_second) { return closed_up(format_count_rate(per_second)); }

Value choice_of(std::vector<std::string> words, std::function<void(std::size_t)> store) {
  Value value;
  value.kind = ValueKind::choice;
  value.choices = words;
  value.assign = [words = std::move(words), store](std::string_view word) -> Stored {
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) {
      return refuse("it is none of the words known here",
                    fmt::format("{}", fmt::join(words, ", ")));
    }
    store(static_cast<std::size_t>(found - words.begin()));
    return {};
  };
  return value;
}

}  // namespace detail
}  // namespace patchbay
