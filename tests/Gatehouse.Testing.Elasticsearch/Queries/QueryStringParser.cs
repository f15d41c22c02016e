using System.Text;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Queries;

/// <summary><c>q=</c> and <c>query_string</c>: terms, phrases, fields, comparisons, ranges, AND, OR, NOT, + and - and parentheses.</summary>
internal sealed class QueryStringParser(string text, string? defaultField, bool isAnd, QueryBuilder builder)
{
    private int _at;

    public Query Parse()
    {
        Query query = Or(defaultField);
        Skip();
        return _at >= text.Length ? query : throw Bad();
    }

    private Query Or(string? field)
    {
        List<Query> any = [];
        List<Query> all = [];
        List<Query> none = [];
        bool joined = false;
        for (Skip(); _at < text.Length && text[_at] != ')'; Skip())
        {
            if (Word("OR") || Word("||"))
            {
                joined = false;
                continue;
            }

            if (Word("AND") || Word("&&"))
            {
                // What stands before an AND must match as well.
                if (any.Count > 0)
                {
                    all.Add(any[^1]);
                    any.RemoveAt(any.Count - 1);
                }

                joined = true;
                continue;
            }

            bool isNot = Word("NOT") || Sign('!') || Sign('-');
            bool isMust = !isNot && (Sign('+') || joined || isAnd);
            Query clause = Clause(field);
            (isNot ? none : isMust ? all : any).Add(clause);
            joined = false;
        }

        Query[] must = [.. all], may = [.. any], not = [.. none];
        return (index, document) => must.All(q => q(index, document)) && !not.Any(q => q(index, document))
            && (may.Length == 0 || must.Length > 0 || may.Any(q => q(index, document)));
    }

    private Query Clause(string? field)
    {
        Skip();
        if (_at < text.Length && text[_at] == '(')
        {
            _at++;
            Query inner = Or(field);
            return Sign(')') ? inner : throw Bad();
        }

        if (_at < text.Length && text[_at] == '"')
        {
            return Value(field, Phrase(), isPhrase: true);
        }

        if (_at < text.Length && text[_at] is '[' or '{')
        {
            return Between(field);
        }

        if (_at < text.Length && text[_at] is '>' or '<')
        {
            bool isGreater = text[_at++] == '>';
            bool isWith = Sign('=');
            JsonNode bound = JsonValue.Create(Token());
            return isGreater ? builder.Range(field ?? "*", bound, isWith, null, false) : builder.Range(field ?? "*", null, false, bound, isWith);
        }

        string token = Token();
        if (_at < text.Length && text[_at] == ':')
        {
            _at++;
            return token switch
            {
                "_exists_" => QueryBuilder.Exists(Token()),
                "*" when Peek('*') => Star(),
                _ => Clause(token),
            };
        }

        return Value(field, token, isPhrase: false);
    }

    private Query Star()
    {
        _at++;
        return QueryBuilder.All;
    }

    private static Query Value(string? field, string value, bool isPhrase)
    {
        if (value == "*" && !isPhrase)
        {
            return field is null ? QueryBuilder.All : QueryBuilder.Exists(field);
        }

        Query One(string name) => !isPhrase && value.AsSpan().ContainsAny('*', '?')
            ? QueryBuilder.Pattern(name, value) : QueryBuilder.Matching(name, JsonValue.Create(value), isAnd: true, isPhrase);
        return field is not null and not "*" && !field.Contains('*') ? One(field)
            : (index, document) => Mapping.Fields(index.Mappings).Where(f => f.Type != "object" && (field is null || Glob.Matches(field, f.Path))).Any(f => One(f.Path)(index, document));
    }

    private Query Between(string? field)
    {
        bool withLow = text[_at++] == '[';
        int to = text.IndexOf(" TO ", _at, StringComparison.Ordinal);
        int end = to < 0 ? -1 : text.IndexOfAny([']', '}'], to);
        if (end < 0)
        {
            throw Bad();
        }

        string low = text[_at..to].Trim(), high = text[(to + 4)..end].Trim();
        _at = end + 1;
        return builder.Range(field ?? "*", low == "*" ? null : JsonValue.Create(low), withLow, high == "*" ? null : JsonValue.Create(high), text[end] == ']');
    }

    private string Phrase()
    {
        var result = new StringBuilder();
        for (_at++; _at < text.Length && text[_at] != '"'; _at++)
        {
            result.Append(text[_at] == '\\' && _at + 1 < text.Length ? text[++_at] : text[_at]);
        }

        return _at++ < text.Length ? result.ToString() : throw Bad();
    }

    private string Token()
    {
        var result = new StringBuilder();
        while (_at < text.Length && text[_at] is not (' ' or ':' or '(' or ')' or '"'))
        {
            result.Append(text[_at] == '\\' && _at + 1 < text.Length ? text[++_at] : text[_at]);
            _at++;
        }

        return result.Length > 0 ? result.ToString() : throw Bad();
    }

    private bool Word(string word)
    {
        bool isThere = string.CompareOrdinal(text, _at, word, 0, word.Length) == 0 && (_at + word.Length >= text.Length || text[_at + word.Length] == ' ');
        _at += isThere ? word.Length : 0;
        Skip();
        return isThere;
    }

    private bool Sign(char sign)
    {
        bool isThere = Peek(sign);
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private bool Peek(char sign) => _at < text.Length && text[_at] == sign;

    private void Skip()
    {
        while (_at < text.Length && text[_at] == ' ')
        {
            _at++;
        }
    }

    private ElasticsearchException Bad() => new(400, "query_shard_exception", $"Failed to parse query [{text}]");
}
