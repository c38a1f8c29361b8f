//! The functions that templates know: their names and how many arguments they take.

use std::fmt;

use super::value::Value;
use super::{Context, arithmetic, builtins, encodings, printf, texts, times};

/// Why a function has no value.
#[derive(Debug)]
pub enum Failure {
    /// An argument is of the wrong type.
    Argument {
        /// From 0.
        number: usize,
        /// The name of Go's type.
        expected: &'static str,
        /// The type of the argument, `None` for `nil`.
        got: Option<&'static str>,
    },
    /// The function itself failed.
    Call(String),
}

/// What a function has for its arguments.
pub type Outcome = Result<Value, Failure>;

type Run = fn(&dyn Context, &[Value]) -> Outcome;

struct Entry {
    name: &'static str,
    least: usize,
    most: Option<usize>,
    run: Run,
}

/// A function.
#[derive(Clone, Copy)]
pub struct Function(&'static Entry);

/// Finds a function by its name.
pub fn find(name: &str) -> Option<Function> {
    FUNCTIONS
        .iter()
        .find(|entry| entry.name == name)
        .map(Function)
}

impl Function {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Checks how many arguments there are.
    pub fn check_count(self, count: usize) -> Result<(), String> {
        let Entry {
            name, least, most, ..
        } = *self.0;
        if count >= least && most.is_none_or(|most| count <= most) {
            return Ok(());
        }
        let at_least = if most.is_some() { "" } else { "at least " };
        Err(format!(
            "wrong number of args for {name}: want {at_least}{least} got {count}"
        ))
    }

    /// Says whether it takes an `int` for an argument.
    pub fn takes_int(self, number: usize) -> bool {
        match self.0.name {
            "trunc" | "indent" | "nindent" | "repeat" | "alignLeft" | "alignRight" => number == 0,
            "substr" => number < 2,
            "round" => number == 1,
            "Replace" => number == 3,
            _ => false,
        }
    }

    /// Calls it.
    pub fn run(self, context: &dyn Context, arguments: &[Value]) -> Outcome {
        (self.0.run)(context, arguments)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

const fn exactly(name: &'static str, count: usize, run: Run) -> Entry {
    Entry {
        name,
        least: count,
        most: Some(count),
        run,
    }
}

const fn at_least(name: &'static str, least: usize, run: Run) -> Entry {
    Entry {
        name,
        least,
        most: None,
        run,
    }
}

const FUNCTIONS: &[Entry] = &[
    at_least("and", 1, builtins::nothing),
    at_least("or", 1, builtins::nothing),
    exactly("not", 1, builtins::not),
    exactly("len", 1, builtins::len),
    at_least("index", 1, builtins::index),
    at_least("slice", 1, builtins::slice),
    at_least("print", 0, builtins::print),
    at_least("println", 0, builtins::println),
    at_least("printf", 1, printf::printf),
    at_least("html", 0, builtins::html),
    at_least("js", 0, builtins::js),
    at_least("urlquery", 0, builtins::urlquery),
    at_least("call", 1, builtins::call),
    at_least("eq", 1, builtins::eq),
    exactly("ne", 2, builtins::ne),
    exactly("lt", 2, builtins::lt),
    exactly("le", 2, builtins::le),
    exactly("gt", 2, builtins::gt),
    exactly("ge", 2, builtins::ge),
    exactly("__line__", 0, texts::line),
    exactly("ToLower", 1, texts::lower),
    exactly("ToUpper", 1, texts::upper),
    exactly("lower", 1, texts::lower),
    exactly("upper", 1, texts::upper),
    exactly("title", 1, texts::title),
    exactly("Replace", 4, texts::replace_some),
    exactly("replace", 3, texts::replace),
    exactly("Trim", 2, texts::trim_set),
    exactly("TrimLeft", 2, texts::trim_left),
    exactly("TrimRight", 2, texts::trim_right),
    exactly("TrimPrefix", 2, texts::trim_prefix_of),
    exactly("TrimSuffix", 2, texts::trim_suffix_of),
    exactly("TrimSpace", 1, texts::trim),
    exactly("trim", 1, texts::trim),
    exactly("trimAll", 2, texts::trim_all),
    exactly("trimPrefix", 2, texts::trim_prefix),
    exactly("trimSuffix", 2, texts::trim_suffix),
    exactly("trunc", 2, texts::trunc),
    exactly("substr", 3, texts::substr),
    exactly("contains", 2, texts::contains),
    exactly("hasPrefix", 2, texts::has_prefix),
    exactly("hasSuffix", 2, texts::has_suffix),
    exactly("indent", 2, texts::indent),
    exactly("nindent", 2, texts::nindent),
    exactly("repeat", 2, texts::repeat),
    exactly("alignLeft", 2, texts::align_left),
    exactly("alignRight", 2, texts::align_right),
    exactly("count", 2, texts::count),
    exactly("regexReplaceAll", 3, texts::regex_replace),
    exactly("regexReplaceAllLiteral", 3, texts::regex_replace_literal),
    exactly("b64enc", 1, encodings::b64enc),
    exactly("b64dec", 1, encodings::b64dec),
    exactly("urlencode", 1, encodings::urlencode),
    exactly("urldecode", 1, encodings::urldecode),
    exactly("fromJson", 1, encodings::from_json),
    at_least("default", 1, builtins::default),
    exactly("bytes", 1, arithmetic::bytes),
    exactly("duration", 1, arithmetic::duration),
    exactly("duration_seconds", 1, arithmetic::duration),
    exactly("int", 1, arithmetic::int),
    exactly("float64", 1, arithmetic::float64),
    at_least("add", 0, arithmetic::add),
    exactly("sub", 2, arithmetic::sub),
    at_least("mul", 1, arithmetic::mul),
    exactly("div", 2, arithmetic::div),
    exactly("mod", 2, arithmetic::modulo),
    at_least("max", 1, arithmetic::max),
    at_least("min", 1, arithmetic::min),
    at_least("addf", 0, arithmetic::addf),
    at_least("subf", 1, arithmetic::subf),
    at_least("mulf", 1, arithmetic::mulf),
    at_least("divf", 1, arithmetic::divf),
    at_least("maxf", 1, arithmetic::maxf),
    at_least("minf", 1, arithmetic::minf),
    exactly("ceil", 1, arithmetic::ceil),
    exactly("floor", 1, arithmetic::floor),
    at_least("round", 2, arithmetic::round),
    exactly("__timestamp__", 0, times::timestamp),
    exactly("now", 0, times::now),
    exactly("date", 2, times::date),
    exactly("toDate", 2, times::to_date),
    exactly("toDateInZone", 3, times::to_date_in_zone),
    exactly("unixEpoch", 1, times::unix_epoch),
    exactly("unixEpochMillis", 1, times::unix_epoch_millis),
    exactly("unixEpochNanos", 1, times::unix_epoch_nanos),
    exactly("unixToTime", 1, times::unix_to_time),
];

/// Returns an argument, which is there: the number of arguments was checked.
pub fn argument(arguments: &[Value], number: usize) -> &Value {
    arguments.get(number).unwrap_or(&Value::Nil)
}

/// Returns a text among the arguments.
pub fn text(arguments: &[Value], number: usize) -> Result<&str, Failure> {
    match argument(arguments, number) {
        Value::Text(text) => Ok(text),
        other => Err(wrong_type(number, "string", other)),
    }
}

/// Returns an `int` among the arguments.
pub fn int(arguments: &[Value], number: usize) -> Result<i64, Failure> {
    match argument(arguments, number) {
        Value::Int(value) => Ok(*value),
        other => Err(wrong_type(number, "int", other)),
    }
}

/// What fails for an argument of another type.
pub fn wrong_type(number: usize, expected: &'static str, value: &Value) -> Failure {
    Failure::Argument {
        number,
        expected,
        got: (!matches!(value, Value::Nil)).then(|| value.type_name()),
    }
}
