using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Testing.Ipfs.Serving;

/// <summary>gorilla/mux: a path that is not clean is redirected with 301, the first route that fits answers, another method is 405.</summary>
internal sealed class GoMux(Func<Call, Task> notFound)
{
    private readonly List<(string Method, Regex Pattern, Func<Call, Task> Handler)> _routes = [];

    /// <summary>Adds a route; <c>{name}</c> stands for one segment, <c>{name:expression}</c> for what the expression says.</summary>
    public void Add(string method, string pattern, Func<Call, Task> handler)
    {
        string expression = Regex.Replace(
            pattern, @"\{(\w+)(?::([^}]*))?\}", m => $"(?<{m.Groups[1].Value}>{(m.Groups[2].Success ? m.Groups[2].Value : "[^/]+")})",
            RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        _routes.Add((method, new Regex($"^{expression}$", RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromSeconds(1)), handler));
    }

    public async Task RunAsync(Call call)
    {
        string clean = GoTarget.Clean(call.Path);
        if (clean != call.Path)
        {
            call.SetStatus(StatusCodes.Status301MovedPermanently);
            call.Http.Response.Headers.Location = GoTarget.Escape(clean) + (call.Target.RawQuery.Length > 0 ? "?" + call.Target.RawQuery : "");
            return;
        }

        bool isKnown = false;
        foreach ((string method, Regex pattern, Func<Call, Task> handler) in _routes)
        {
            Match match = pattern.Match(call.Path);
            if (match.Success && method == call.Method)
            {
                await handler(call.With(match.Groups.Values.Where(g => !char.IsAsciiDigit(g.Name[0])).ToDictionary(g => g.Name, g => g.Value)));
                return;
            }

            isKnown |= match.Success;
        }

        if (isKnown)
        {
            call.SetStatus(StatusCodes.Status405MethodNotAllowed);
        }
        else
        {
            await notFound(call);
        }
    }
}
