using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Gatehouse.Protocols.Erlang;

/// <summary>
/// Files of Erlang terms as <c>file:consult/1</c> reads them: terms, each ended by a dot, with <c>%</c> comments (EMQX's <c>acl.conf</c>,
/// OTP's <c>ssl_dist.conf</c>). Atoms, integers, floats, strings, binaries, tuples and proper lists; everything else that Erlang knows
/// (maps, variables, funs, expressions, improper lists) is refused with its place. Source: Erlang reference manual, "Data Types".
/// </summary>
public static class ErlangTerms
{
    /// <summary>Longest text in UTF-16 units.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    /// <summary>Most tuples and lists inside of each other.</summary>
    public const int MaxDepth = 64;

    /// <summary>Most terms in a file, inner ones counted.</summary>
    public const int MaxTerms = 500_000;

    /// <summary>Reads all terms; false with the first error and its place.</summary>
    public static bool TryParse(string text, out ImmutableArray<ErlangTerm> terms, [NotNullWhen(false)] out ErlangSyntaxError? error)
    {
        terms = [];
        if (text.Length > MaxLength)
        {
            error = new ErlangSyntaxError(1, 1, $"it is longer than {MaxLength} characters") { IsLimit = true };
            return false;
        }

        var parser = new TermParser(text);
        var read = ImmutableArray.CreateBuilder<ErlangTerm>();
        while (parser.Next(out ErlangTerm? term))
        {
            read.Add(term);
        }

        error = parser.Error;
        if (error is null)
        {
            terms = read.ToImmutable();
        }

        return error is null;
    }
}
