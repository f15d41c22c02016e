using System.Text;

namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>Writes a statement without its values.</summary>
internal static class SqlRedaction
{
    private const int MaxLength = 2048;

    /// <summary>The text: literals are <c>?</c>, comments and hints are gone.</summary>
    public static string Write(string text, List<SqlToken> tokens)
    {
        StringBuilder written = new(Math.Min(text.Length + 16, MaxLength));
        bool isGlued = true;
        bool isHint = false;
        foreach (SqlToken token in tokens)
        {
            isHint = token.Kind == SqlTokenKind.HintBegin || (isHint && token.Kind != SqlTokenKind.HintEnd);
            if (isHint || token.Kind is SqlTokenKind.End or SqlTokenKind.HintEnd)
            {
                continue;
            }

            bool isValue = token.Kind is SqlTokenKind.Text or SqlTokenKind.Number;
            if (written.Length + (isValue ? 2 : token.Length) > MaxLength)
            {
                return written.Append(" ...").ToString();
            }

            if (!isGlued && token.Mark is not ('.' or ',' or ')' or ';'))
            {
                written.Append(' ');
            }

            if (isValue)
            {
                written.Append('?');
            }
            else
            {
                written.Append(text, token.Start, token.Length);
            }

            isGlued = token.Mark is '.' or '(';
        }

        return written.ToString();
    }
}
