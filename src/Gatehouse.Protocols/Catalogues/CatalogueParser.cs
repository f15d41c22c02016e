using Gatehouse.Operations;
using Gatehouse.Problems;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>Reads the table of a catalogue line by line and collects everything that is wrong with it.</summary>
internal sealed class CatalogueParser(string system, string source, ICollection<Problem> problems)
{
    private const int MaxText = 1 << 20;
    private const int MaxEndpoints = 10_000;
    private const int MaxParts = 64;

    private readonly HttpMethods _methods = new();
    private readonly List<EndpointDraft> _drafts = [];
    private readonly int _problemsBefore = problems.Count;
    private int _line;

    public Catalogue? Run(string text)
    {
        if (text.Length > MaxText)
        {
            problems.Add(CatalogueProblems.Limits.Because("the catalogue is longer than 1 MiB", new ProblemLocation(source)));
            return null;
        }

        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            _line++;
            ReadLine(Tokens(line));
        }

        if (_drafts.Count == 0 && problems.Count == _problemsBefore)
        {
            problems.Add(CatalogueProblems.Limits.Because("the catalogue has no endpoint", new ProblemLocation(source)));
        }

        if (_drafts.Count > MaxEndpoints)
        {
            problems.Add(CatalogueProblems.Limits.Because($"more than {MaxEndpoints} endpoints", new ProblemLocation(source)));
        }

        RouteNode root = new();
        List<CatalogueEndpoint> endpoints = [];
        foreach (EndpointDraft draft in _drafts)
        {
            if (EndpointCompiler.Compile(draft) is { } fault)
            {
                problems.Add(CatalogueProblems.Body.Because(fault, new ProblemLocation(source, draft.Definition.Line, 1)));
                continue;
            }

            CatalogueEndpoint endpoint = new(draft.Definition);
            endpoints.Add(endpoint);
            Enter(root, endpoint);
        }

        return problems.Count == _problemsBefore ? new Catalogue(system, root, _methods, endpoints) : null;
    }

    private void Enter(RouteNode node, CatalogueEndpoint endpoint)
    {
        EndpointDefinition definition = endpoint.Definition;
        RouteEnd? end = null;
        foreach (PathTemplate.Part part in definition.Path.Parts)
        {
            switch (part.Kind)
            {
                case PartKind.Word:
                    node = node.MakeWord(part.Word);
                    break;
                case PartKind.Rest:
                    end = node.MakeRest();
                    break;
                default:
                    node = node.MakeAny();
                    break;
            }
        }

        if (!(end ?? node.MakeEnd()).TryAdd(endpoint, definition.Methods, _methods))
        {
            problems.Add(CatalogueProblems.Duplicate.Because(
                $"an endpoint above has a path of the shape of `{endpoint.Template}` and one of its methods already",
                new ProblemLocation(source, endpoint.Line, 1)));
        }
    }

    private void ReadLine(List<Token> tokens)
    {
        if (tokens.Count == 0)
        {
            return;
        }

        if (tokens[0].Text == "+")
        {
            ReadContinuation(tokens);
            return;
        }

        if (tokens.Count < 4)
        {
            Add(CatalogueProblems.Line, tokens[^1], "an endpoint has four columns: METHODS TEMPLATE ACTION RESOURCES");
            return;
        }

        uint methods = ReadMethods(tokens[0]);
        PathTemplate? path = PathTemplate.Parse(tokens[1].Text, out string fault);
        if (path is null || path.Parts.Count > MaxParts)
        {
            Add(CatalogueProblems.Template, tokens[1], path is null ? fault : $"more than {MaxParts} segments");
            return;
        }

        EndpointDefinition definition = new()
        {
            Path = path,
            MethodNames = _methods,
            Methods = methods,
            Line = _line,
            Text = string.Join(' ', tokens.Select(static t => t.Text)),
            TrailingSlash = path.EndsWithRest ? TrailingSlash.Keep : TrailingSlash.Refuse,
        };
        EndpointDraft draft = new(definition);
        _drafts.Add(draft);
        JsonPointer? when = null;
        foreach (Token option in tokens.Skip(4))
        {
            when = ReadWhen(option, when, definition);
        }

        ReadOperations(draft, tokens[2], tokens[3], when);
    }

    private void ReadContinuation(List<Token> tokens)
    {
        if (_drafts.Count == 0 || tokens.Count < 3)
        {
            Add(CatalogueProblems.Line, tokens[0], "`+ ACTION RESOURCES` adds an operation to the endpoint above it");
            return;
        }

        EndpointDraft draft = _drafts[^1];
        draft.Definition = draft.Definition with
        {
            Text = draft.Definition.Text + "\n  " + string.Join(' ', tokens.Select(static t => t.Text)),
        };
        JsonPointer? when = null;
        foreach (Token option in tokens.Skip(3))
        {
            if (!option.Text.StartsWith("when=", StringComparison.Ordinal))
            {
                Add(CatalogueProblems.Option, option, "only `when=/pointer` may follow here; other options stand on the endpoint's line");
                continue;
            }

            when = ReadWhen(option, when, draft.Definition);
        }

        ReadOperations(draft, tokens[1], tokens[2], when);
    }

    private JsonPointer? ReadWhen(Token option, JsonPointer? before, EndpointDefinition definition)
    {
        if (option.Text.StartsWith("when=", StringComparison.Ordinal) && before is null &&
            JsonPointer.Parse(option.Text[5..], mayBeOpen: false) is { } pointer)
        {
            return pointer;
        }

        if (CatalogueOptions.Apply(definition, option.Text) is { } fault)
        {
            Add(CatalogueProblems.Option, option, fault);
        }

        return before;
    }

    private void ReadOperations(EndpointDraft draft, Token actions, Token resources, JsonPointer? when)
    {
        List<ResourceRule> rules = [];
        foreach (string item in resources.Text == "-" ? [] : SplitOutsideParentheses(resources.Text))
        {
            if (ResourceRule.Parse(item, draft.Definition.Path, out string fault) is { } rule)
            {
                rules.Add(rule);
            }
            else
            {
                Add(CatalogueProblems.Resource, resources, fault);
            }
        }

        foreach (string action in actions.Text.Split(','))
        {
            if (action != "{method}" && !IsAction(action))
            {
                Add(CatalogueProblems.Action, actions, $"`{action}` is no action name such as `kv.put` or `index:read`");
                continue;
            }

            draft.Operations.Add(new EndpointOperation
            {
                Action = action == "{method}" ? null : SystemAction.Intern(system, action),
                ByMethod = action == "{method}" ? InternMethods(draft.Definition.Methods) : [],
                Resources = [.. rules],
                When = when,
                HasRequired = rules.Exists(static r => !r.IsOptional),
            });
        }
    }

    private SystemAction[] InternMethods(uint mask)
    {
        SystemAction[] actions = new SystemAction[_methods.Count];
        for (int i = 0; i < actions.Length; i++)
        {
            if ((mask & (1u << i)) != 0)
            {
                actions[i] = SystemAction.Intern(system, _methods.Name(i).ToLowerInvariant());
            }
        }

        return actions;
    }

    private uint ReadMethods(Token token)
    {
        if (token.Text == "*")
        {
            return HttpMethods.AllKnown;
        }

        uint mask = 0;
        foreach (string name in token.Text.Split(','))
        {
            int index = _methods.Intern(name);
            if (index < 0)
            {
                Add(CatalogueProblems.Method, token, $"`{name}` cannot be a method: upper-case letters, not CONNECT or TRACE, or `*`");
                continue;
            }

            mask |= 1u << index;
        }

        return mask;
    }

    private void Add(ProblemDefinition definition, Token token, string text) =>
        problems.Add(definition.Because(text, new ProblemLocation(source, _line, token.Column)));

    private static bool IsAction(string text) =>
        text.Length is >= 1 and <= 128 && char.IsAsciiLetter(text[0]) &&
        text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '_' or '-');

    private static List<string> SplitOutsideParentheses(string text)
    {
        List<string> items = [];
        int depth = 0;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (text[i] == ',' && depth == 0)
            {
                items.Add(text[start..i]);
                start = i + 1;
            }
        }

        items.Add(text[start..]);
        return items;
    }

    private static List<Token> Tokens(ReadOnlySpan<char> line)
    {
        List<Token> tokens = [];
        int at = 0;
        while (at < line.Length)
        {
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
                continue;
            }

            // A comment begins a word; inside one "#" stays.
            if (line[at] == '#')
            {
                break;
            }

            int start = at;
            while (at < line.Length && !char.IsWhiteSpace(line[at]))
            {
                at++;
            }

            tokens.Add(new Token(line[start..at].ToString(), start + 1));
        }

        return tokens;
    }

    private readonly record struct Token(string Text, int Column);
}

/// <summary>An endpoint while its lines are being read.</summary>
internal sealed class EndpointDraft(EndpointDefinition definition)
{
    public EndpointDefinition Definition { get; set; } = definition;

    public List<EndpointOperation> Operations { get; } = [];
}
