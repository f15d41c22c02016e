using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>
/// Tries a login with every step shown. It logs nobody in, but says whether a password is right: so it has a right of its own,
/// limits of its own, and is always recorded.
/// </summary>
internal sealed class RealmTest(AdminServices services)
{
    private const int MaxSteps = 256;
    private static readonly AdminJson Json = AdminJson.Default;

    // Narrower than a gate's: a person tries a realm, and the directory may lock the account that is guessed at.
    private readonly LoginLimits _limits = new(services.Time, new LoginLimitOptions
    {
        SourceBurst = 20,
        SourceRefill = TimeSpan.FromSeconds(6),
        UserBurst = 5,
        UserRefill = TimeSpan.FromSeconds(20),
    });

    /// <summary>Its endpoint.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("POST", "/v1/realms/{name}/test", "realm.test", TestAsync) { Answer = Json.RealmTestResponse, Changes = true, Body = Json.RealmTestRequest },
    ];

    private async ValueTask<AdminResult> TestAsync(AdminCall call)
    {
        var body = (RealmTestRequest)call.Body!;
        if (!call.Snapshot.Document.Realms.ContainsKey(call.Name))
        {
            return AdminResult.Refused(RealmChanges.Unknown(call.Name));
        }

        (PresentedCredentials? presented, Problem? problem) = Read(call, body);
        if (presented is null)
        {
            return AdminResult.Refused(problem!);
        }

        if (services.Realms is not { } realms || !realms.TryGet(call.Name, out IRealm? realm))
        {
            return AdminResult.Refused(IdentityProblems.RealmNotLoaded.Because(
                $"realm `{call.Name}` is not in force on this node", hint: "it is disabled, or was changed a moment ago: gatehouse realm show NAME"));
        }

        // Whoever tries tokens or certificates is counted as one name; they cannot be guessed.
        string counted = $"{call.Name}/{presented.Name}";
        if (!_limits.TryTake(call.Identity.Address, counted, out TimeSpan retryAfter))
        {
            call.Http.Response.Headers.RetryAfter = Math.Max(1, (int)retryAfter.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            return AdminResult.Refused(AdministrationProblems.LoginLimited.Because(
                "too many logins were tried", hint: $"try again in {Math.Max(1, (int)retryAfter.TotalSeconds)} s"));
        }

        var steps = new Steps();
        RealmAnswer answer = await realm.VerifyAsync(presented, steps, call.Cancellation);
        if (answer.Verdict is RealmVerdict.Accepted or RealmVerdict.NotMine)
        {
            _limits.GiveBack(call.Identity.Address, counted);
        }

        return AdminResult.Ok(Shown(call, presented, steps, answer), Json.RealmTestResponse);
    }

    private static RealmTestResponse Shown(AdminCall call, PresentedCredentials presented, Steps steps, RealmAnswer answer)
    {
        Principal? principal = answer.Verdict == RealmVerdict.Accepted ? answer.Principal : null;
        bool isHere = false;
        Rights rights = default;
        if (principal is not null)
        {
            isHere = call.Snapshot.TryGetRights(principal, presented.Source, call.Now, out rights);
            steps.Add("role mappings", isHere && !rights.Roles.IsEmpty, isHere ? $"{rights.Roles.Length} roles" : "the realm is disabled");
        }

        return new RealmTestResponse
        {
            Realm = call.Name,
            Accepted = isHere,
            Verdict = JsonNamingPolicy.SnakeCaseLower.ConvertName(answer.Verdict.ToString()),
            Reason = answer.Reason,
            Steps = steps.All,
            User = principal?.Name,
            Groups = principal?.Groups,
            Attributes = principal?.Attributes,
            Roles = isHere ? rights.Roles : null,
            Until = answer.Until,
        };
    }

    private static (PresentedCredentials? Presented, Problem? Problem) Read(AdminCall call, RealmTestRequest body)
    {
        IPAddress source = call.Identity.Address;
        if (body.Source is { } text && (!IPAddress.TryParse(text, out source!) || source.ToString() != text))
        {
            return (null, AdministrationProblems.InvalidValue.Because($"`{AdminRequestReader.Shown(text)}` is no address"));
        }

        bool isPassword = body is { User.Length: > 0, Password.Length: > 0, Token: null, Certificate: null };
        bool isToken = body is { User: null, Password: null, Token.Length: > 0, Certificate: null };
        bool isCertificate = body is { User: null, Password: null, Token: null, Certificate.Length: > 0 };
        if (!isPassword && !isToken && !isCertificate)
        {
            return (null, AdministrationProblems.InvalidValue.Because("a test needs a user and a password, or a token, or a certificate, and none of them empty"));
        }

        if (!isCertificate)
        {
            return (new PresentedCredentials(source) { Name = body.User, Password = body.Password, Token = body.Token }, null);
        }

        try
        {
            return (new PresentedCredentials(source) { Certificate = X509Certificate2.CreateFromPem(body.Certificate) }, null);
        }
        catch (CryptographicException)
        {
            return (null, AdministrationProblems.InvalidValue.Because("the certificate is not PEM", hint: "it begins with -----BEGIN CERTIFICATE-----"));
        }
    }

    private sealed class Steps : IRealmSteps
    {
        private readonly Lock _lock = new();
        private readonly List<RealmStepView> _all = [];

        public IReadOnlyList<RealmStepView> All
        {
            get
            {
                lock (_lock)
                {
                    return [.. _all];
                }
            }
        }

        public void Add(string step, bool isFine, string? detail = null)
        {
            lock (_lock)
            {
                if (_all.Count < MaxSteps)
                {
                    _all.Add(new RealmStepView { Step = step, Fine = isFine, Detail = detail });
                }
            }
        }
    }
}
