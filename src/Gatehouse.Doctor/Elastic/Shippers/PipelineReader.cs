using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Shippers;

/// <summary>One plugin of a pipeline with its settings.</summary>
/// <param name="Section"><c>input</c>, <c>filter</c> or <c>output</c>.</param>
/// <param name="Name"><c>elasticsearch</c>.</param>
/// <param name="Settings">What is set, by name; of one name the last one.</param>
internal sealed record PipelinePlugin(string Section, string Name, ImmutableDictionary<string, Setting> Settings)
{
    /// <summary>A setting, never null.</summary>
    public Setting this[string name] =>
        Settings.GetValueOrDefault(name) ?? new Setting { Path = SettingPath.Of(Section, Name, name), Kind = SettingKind.Missing };
}

/// <summary>
/// Reads pipelines of Logstash as far as plugins and their settings go: sections, conditions, plugins in braces, <c>name => value</c>. Values
/// are texts, words, lists and tables. What it does not understand it says, and never guesses.
/// </summary>
internal sealed class PipelineReader
{
    private const int MostTokens = 200_000;

    private readonly string _text;
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private readonly List<PipelinePlugin> _found = [];
    private int _at;

    private PipelineReader(string text, string source)
    {
        _text = text;
        _source = source;
    }

    /// <summary>Plugins of a file, or null where it cannot be understood.</summary>
    public static IReadOnlyList<PipelinePlugin>? Read(string text, string source)
    {
        var reader = new PipelineReader(text, source);
        return reader.Scan() && reader.Sections() ? reader._found : null;
    }

    private bool Sections()
    {
        while (_at < _tokens.Count)
        {
            string section = Take().Text;
            if (section is not ("input" or "filter" or "output") || !Accept("{") || !Plugins(section, 0))
            {
                return false;
            }
        }

        return true;
    }

    // Plugins and conditions up to the closing brace.
    private bool Plugins(string section, int depth)
    {
        while (_at < _tokens.Count && depth < 50)
        {
            if (Accept("}"))
            {
                return true;
            }

            Token name = Take();
            if (name.Text is "if" or "else")
            {
                // A condition is passed over: plugins in it are there either way.
                while (_at < _tokens.Count && !Is("{"))
                {
                    _at++;
                }

                if (!Accept("{") || !Plugins(section, depth + 1))
                {
                    return false;
                }
            }
            else if (!Accept("{") || !Plugin(section, name.Text))
            {
                return false;
            }
        }

        return false;
    }

    private bool Plugin(string section, string name)
    {
        ImmutableDictionary<string, Setting>.Builder settings = ImmutableDictionary.CreateBuilder<string, Setting>(StringComparer.Ordinal);
        while (!Accept("}"))
        {
            if (_at >= _tokens.Count)
            {
                return false;
            }

            Token key = Take();
            SettingPath path = SettingPath.Of(section, name, key.Text);
            if (!Accept("=>") || Value(path, 0) is not { } value)
            {
                return false;
            }

            settings[key.Text] = value;
        }

        _found.Add(new PipelinePlugin(section, name, settings.ToImmutable()));
        return true;
    }

    private Setting? Value(SettingPath path, int depth)
    {
        if (_at >= _tokens.Count || depth > 20)
        {
            return null;
        }

        Token token = Take();
        if (token.IsQuoted || token.Text is not ("[" or "{"))
        {
            return Scalar(path, token);
        }

        var items = ImmutableArray.CreateBuilder<Setting>();
        string close = token.Text == "[" ? "]" : "}";
        while (!Accept(close))
        {
            if (token.Text == "{")
            {
                Token name = Take();
                if (!Accept("=>") || Value(path.Add(name.Text), depth + 1) is not { } member)
                {
                    return null;
                }

                items.Add(member);
            }
            else if (!Accept(","))
            {
                if (Value(path.Add(items.Count), depth + 1) is not { } item)
                {
                    return null;
                }

                items.Add(item);
            }

            if (_at >= _tokens.Count)
            {
                return null;
            }
        }

        return new Setting { Path = path, Kind = token.Text == "[" ? SettingKind.List : SettingKind.Map, Children = items.ToImmutable(), Origins = [Origin(token)] };
    }

    // `${NAME}` comes out of Logstash's keystore or its environment.
    private Setting? Scalar(SettingPath path, Token token)
    {
        if (!token.IsQuoted && token.Text is "}" or "]" or "=>" or ",")
        {
            return null;
        }

        bool isOutside = token.Text.Contains("${", StringComparison.Ordinal);
        return new Setting
        {
            Path = path,
            Kind = isOutside ? SettingKind.Unknown : !token.IsQuoted && token.Text is "true" or "false" ? SettingKind.Boolean : SettingKind.Text,
            Text = isOutside ? null : token.Text,
            Raw = token.Text,
            Reason = isOutside ? "it comes out of the keystore or the environment" : null,
            Origins = [Origin(token)],
        };
    }

    private Origin Origin(Token token) => new(_source, token.Line, token.Column, token.Text.Length);

    private bool Scan()
    {
        int line = 1, start = 0;
        for (int at = 0; at < _text.Length && _tokens.Count < MostTokens;)
        {
            char c = _text[at];
            if (c == '\n')
            {
                line++;
                start = ++at;
            }
            else if (char.IsWhiteSpace(c))
            {
                at++;
            }
            else if (c == '#')
            {
                int end = _text.IndexOf('\n', at);
                at = end < 0 ? _text.Length : end;
            }
            else if (c is '"' or '\'')
            {
                int column = at - start + 1, first = line;
                if (Quoted(ref at, ref line, ref start) is not { } text)
                {
                    return false;
                }

                _tokens.Add(new Token(text, IsQuoted: true, first, column));
            }
            else
            {
                int length = Length(at);
                _tokens.Add(new Token(_text.Substring(at, length), IsQuoted: false, line, at - start + 1));
                at += length;
            }
        }

        return _tokens.Count < MostTokens;
    }

    private int Length(int at)
    {
        if (_text[at] is '{' or '}' or '[' or ']' or ',' or '(' or ')')
        {
            return 1;
        }

        if (_text.AsSpan(at).StartsWith("=>"))
        {
            return 2;
        }

        int end = at + 1;
        while (end < _text.Length && !char.IsWhiteSpace(_text[end]) && _text[end] is not ('{' or '}' or '[' or ']' or ',' or '(' or ')' or '"' or '\'' or '#') && !_text.AsSpan(end).StartsWith("=>"))
        {
            end++;
        }

        return end - at;
    }

    private string? Quoted(ref int at, ref int line, ref int start)
    {
        char quote = _text[at++];
        var text = new StringBuilder();
        for (; at < _text.Length; at++)
        {
            char c = _text[at];
            if (c == quote)
            {
                at++;
                return text.ToString();
            }

            if (c == '\\' && at + 1 < _text.Length && _text[at + 1] == quote)
            {
                c = _text[++at];
            }
            else if (c == '\n')
            {
                line++;
                start = at + 1;
            }

            text.Append(c);
        }

        return null;
    }

    private Token Take() => _at < _tokens.Count ? _tokens[_at++] : new Token("", IsQuoted: false, 0, 0);

    private bool Is(string text) => _at < _tokens.Count && !_tokens[_at].IsQuoted && _tokens[_at].Text == text;

    private bool Accept(string text)
    {
        bool isIt = Is(text);
        _at += isIt ? 1 : 0;
        return isIt;
    }

    private readonly record struct Token(string Text, bool IsQuoted, int Line, int Column);
}
