using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Protocols.Erlang;

/// <summary>A term of a file of Erlang terms, and where it begins; lines and columns count from 1, columns in UTF-16 units.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Column">Its column.</param>
public abstract record ErlangTerm(int Line, int Column)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Where it begins in the text, in UTF-16 units.</summary>
    public int Offset { get; init; }

    /// <summary>How long it is written, in UTF-16 units.</summary>
    public int Length { get; init; }

    /// <summary>The text of a string, or of a binary that is well-formed UTF-8; null for anything else. <c>[]</c> is the empty string.</summary>
    public string? Text
    {
        get
        {
            switch (this)
            {
                case ErlangString text:
                    return text.Value;
                case ErlangList { Items.IsEmpty: true }:
                    return "";
                case ErlangBinary binary:
                    try
                    {
                        return Strict.GetString(binary.Bytes.AsSpan());
                    }
                    catch (DecoderFallbackException)
                    {
                        return null;
                    }

                default:
                    return null;
            }
        }
    }

    /// <summary>Whether it is the atom of this name.</summary>
    public bool IsAtom(string name) => this is ErlangAtom atom && atom.Name == name;
}

/// <summary>An atom: <c>allow</c>, <c>'and'</c>.</summary>
/// <param name="Name">Without quotes, escapes resolved.</param>
/// <param name="Line">Its line.</param>
/// <param name="Column">Its column.</param>
public sealed record ErlangAtom(string Name, int Line, int Column) : ErlangTerm(Line, Column);

/// <summary>An integer: <c>1</c>, <c>-1</c>, <c>1_000</c>, <c>16#ff</c>, <c>$a</c>.</summary>
/// <param name="Value">Its value; what does not fit into 64 bits is refused.</param>
/// <param name="Line">Its line.</param>
/// <param name="Column">Its column.</param>
public sealed record ErlangInteger(long Value, int Line, int Column) : ErlangTerm(Line, Column);

/// <summary>A float: <c>1.5</c>, <c>2.0e-3</c>.</summary>
/// <param name="Value">Its value, finite.</param>
/// <param name="Line">Its line.</param>
/// <param name="Column">Its column.</param>
public sealed record ErlangFloat(double Value, int Line, int Column) : ErlangTerm(Line, Column);

/// <summary>A string: <c>"text"</c>; to Erlang a list of code points.</summary>
/// <param name="Value">Escapes resolved; several that stand side by side are one.</param>
/// <param name="Line">Its line.</param>
/// <param name="Column">Its column.</param>
public sealed record ErlangString(string Value, int Line, int Column) : ErlangTerm(Line, Column);

/// <summary>A binary: <c>&lt;&lt;"text"&gt;&gt;</c>, <c>&lt;&lt;"text"/utf8&gt;&gt;</c>, <c>&lt;&lt;1,2&gt;&gt;</c>.</summary>
/// <param name="Bytes">Its bytes; without <c>/utf8</c> one for each code point of a text.</param>
/// <param name="Line">Its line.</param>
/// <param name="Column">Its column.</param>
public sealed record ErlangBinary(ImmutableArray<byte> Bytes, int Line, int Column) : ErlangTerm(Line, Column);

/// <summary>A tuple: <c>{a, 1}</c>.</summary>
/// <param name="Items">Its elements.</param>
/// <param name="Line">Its line.</param>
/// <param name="Column">Its column.</param>
public sealed record ErlangTuple(ImmutableArray<ErlangTerm> Items, int Line, int Column) : ErlangTerm(Line, Column);

/// <summary>A proper list: <c>[a, 1]</c>.</summary>
/// <param name="Items">Its elements.</param>
/// <param name="Line">Its line.</param>
/// <param name="Column">Its column.</param>
public sealed record ErlangList(ImmutableArray<ErlangTerm> Items, int Line, int Column) : ErlangTerm(Line, Column);

/// <summary>Why a text is no file of terms.</summary>
/// <param name="Line">Where, from 1.</param>
/// <param name="Column">Where, from 1.</param>
/// <param name="Text">What is wrong, in lower case; never a value of the file.</param>
public sealed record ErlangSyntaxError(int Line, int Column, string Text)
{
    /// <summary>Whether it is too much of a good thing: too long, too deep, too many terms.</summary>
    public bool IsLimit { get; init; }
}
