// Value: a field of an options struct together with the parser of its type, as a flag or an
// argument of a command fills it. Used in declarations; see command.hpp for how they read.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <expected>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

enum class ValueKind : std::uint8_t {
  toggle,
  tally,
  text,
  count,
  number,
  size,
  rate,
  duration,
  choice,
  endpoint,
  host,
  file,
  directory,
  interface,
};

// A field of an options struct with the parser of its type. Made by the functions below; the field
// must outlive it. The field's value at this moment is the default that the help shows.
struct Value {
  ValueKind kind = ValueKind::text;
  // Stores a word in the field, or says why not (`what` is left empty: the caller knows the flag).
  std::function<std::expected<void, Failure>(std::string_view)> assign;
  std::function<void()> clear;  // repeated only: drops the default before the first word
  std::string initial;          // the default as typed; empty for none
  bool is_optional = false;     // the field is a std::optional: nothing need be given
  std::vector<std::string> choices;
};

// In every function the target may also be std::optional of the type: then there is no default.
// The names of kinds that differ from text() only in what the shell completes say so.
Value toggle(bool& target);
Value tally(int& target);  // counts how often it is given
Value text(std::string& target);
Value text(std::optional<std::string>& target);
Value text(std::vector<std::string>& target);  // may be given many times
Value endpoint(std::string& target);           // HOST:PORT; completes host names
Value endpoint(std::optional<std::string>& target);
Value endpoint(std::vector<std::string>& target);
Value host(std::string& target);  // a host's name or address
Value host(std::optional<std::string>& target);
Value host(std::vector<std::string>& target);
Value file(std::string& target);  // completes files
Value file(std::optional<std::string>& target);
Value file(std::vector<std::string>& target);
Value directory(std::string& target);  // completes directories
Value directory(std::optional<std::string>& target);
Value interface(std::string& target);  // completes network interfaces
Value interface(std::optional<std::string>& target);
Value choice(std::string& target, std::initializer_list<const char*> words);
Value choice(std::optional<std::string>& target, std::initializer_list<const char*> words);

namespace detail {
template <class T>
struct FieldOf {
  using Type = T;
};
template <class T>
struct FieldOf<std::optional<T>> {
  using Type = T;
};
template <class T>
using Field = typename FieldOf<T>::Type;
template <class T>
concept IntegerField = std::integral<Field<T>> && !std::same_as<Field<T>, bool>;

template <class T>
inline constexpr bool is_optional = !std::same_as<T, Field<T>>;

template <class T>
std::optional<Field<T>> initial(const T& target) {
  return target;  // an optional field may be empty, any other is a default
}

using Parsed = std::expected<std::uint64_t, Failure>;
Parsed parse_count(std::string_view word, std::uint64_t min, std::uint64_t max);
Parsed parse_size_between(std::string_view word, std::uint64_t min, std::uint64_t max);
Parsed parse_rate_between(std::string_view word, std::uint64_t min, std::uint64_t max);
std::expected<Duration, Failure> parse_duration_between(std::string_view word, Duration min,
                                                        Duration max);
std::expected<double, Failure> parse_number_between(std::string_view word, double min, double max);
std::string show_size(std::uint64_t bytes);
std::string show_rate(std::uint64_t bits_per_second);
std::string show_duration(Duration value);
std::string show_number(double value);
std::expected<double, Failure> parse_count_rate_between(std::string_view word, double min,
                                                        double max);
std::string show_count_rate(double per_second);

Value choice_of(std::vector<std::string> words, std::function<void(std::size_t)> store);

template <class T>
std::uint64_t ceiling(std::uint64_t max) {
  return std::min(max, static_cast<std::uint64_t>(std::numeric_limits<Field<T>>::max()));
}

template <class T, class Parse>
Value integer(ValueKind kind, T& target, Parse parse) {
  Value value;
  value.kind = kind;
  value.is_optional = is_optional<T>;
  value.assign = [&target, parse](std::string_view word) -> std::expected<void, Failure> {
    const Parsed parsed = parse(word);
    if (!parsed) return std::unexpected(parsed.error());
    target = static_cast<Field<T>>(*parsed);
    return {};
  };
  return value;
}
}  // namespace detail

inline constexpr std::uint64_t no_maximum = std::numeric_limits<std::uint64_t>::max();

// A whole number of [min, max], both included.
template <detail::IntegerField T>
Value count(T& target, std::uint64_t min = 0, std::uint64_t max = no_maximum) {
  Value value = detail::integer(ValueKind::count, target,
                                [min, most = detail::ceiling<T>(max)](std::string_view word) {
                                  return detail::parse_count(word, min, most);
                                });
  if (const auto first = detail::initial(target)) value.initial = std::to_string(*first);
  return value;
}

// Bytes: 65536, 64KiB, 1.5MB.
template <detail::IntegerField T>
Value size(T& target, std::uint64_t min = 0, std::uint64_t max = no_maximum) {
  Value value = detail::integer(ValueKind::size, target,
                                [min, most = detail::ceiling<T>(max)](std::string_view word) {
                                  return detail::parse_size_between(word, min, most);
                                });
  if (const auto first = detail::initial(target)) {
    value.initial = detail::show_size(static_cast<std::uint64_t>(*first));
  }
  return value;
}

// Bits a second: 100Mbit/s, 10MB/s.
template <detail::IntegerField T>
Value rate(T& target, std::uint64_t min = 0, std::uint64_t max = no_maximum) {
  Value value = detail::integer(ValueKind::rate, target,
                                [min, most = detail::ceiling<T>(max)](std::string_view word) {
                                  return detail::parse_rate_between(word, min, most);
                                });
  if (const auto first = detail::initial(target)) {
    value.initial = detail::show_rate(static_cast<std::uint64_t>(*first));
  }
  return value;
}

// 10s, 1.5s, 5m, 250ms.
Value duration(Duration& target, Duration min = {}, Duration max = Duration::max());
Value duration(std::optional<Duration>& target, Duration min = {}, Duration max = Duration::max());

// A decimal number of [min, max].
Value number(double& target, double min = std::numeric_limits<double>::lowest(),
             double max = std::numeric_limits<double>::max());
Value number(std::optional<double>& target, double min = std::numeric_limits<double>::lowest(),
             double max = std::numeric_limits<double>::max());

// Events a second: 10k/s, 500, 30/min.
Value count_rate(double& target, double min = 0, double max = 1e15);
Value count_rate(std::optional<double>& target, double min = 0, double max = 1e15);

// One word of a few for an enumeration; the first pair that holds the field's value is the default.
template <class Enum>
  requires std::is_enum_v<Enum>
Value choice(Enum& target,
             std::type_identity_t<std::initializer_list<std::pair<const char*, Enum>>> words) {
  std::vector<std::string> names;
  std::vector<Enum> values;
  std::string initial;
  for (const auto& [name, value] : words) {
    names.emplace_back(name);
    values.push_back(value);
    if (value == target && initial.empty()) initial = name;
  }
  Value value = detail::choice_of(std::move(names),
                                  [&target, values](std::size_t index) { target = values[index]; });
  value.initial = std::move(initial);
  return value;
}

}  // namespace patchbay
