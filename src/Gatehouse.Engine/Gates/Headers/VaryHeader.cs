namespace Gatehouse.Engine.Gates.Headers;

/// <summary>One <c>Vary</c> (RFC 9110 section 12.5.5) of the upstream's and the gate's own.</summary>
internal static class VaryHeader
{
    /// <summary>The upstream's values, and <c>Origin</c> where it is not among them; <c>*</c> says more than all names.</summary>
    public static string WithOrigin(params ReadOnlySpan<string?> values)
    {
        List<string> names = [];
        foreach (string? value in values)
        {
            foreach (string name in (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (name == "*")
                {
                    return name;
                }

                if (!names.Contains(name, StringComparer.OrdinalIgnoreCase))
                {
                    names.Add(name);
                }
            }
        }

        if (!names.Contains("Origin", StringComparer.OrdinalIgnoreCase))
        {
            names.Add("Origin");
        }

        return string.Join(", ", names);
    }
}
